#include "ctl/cli/commands/execution.h"

namespace croft::ctl {
namespace {

const std::string* find(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? nullptr : &found->second;
}

}  // namespace

Json environment_of(const Invocation& call) {
  Json result = Json::object();
  const std::string* term = find(call.environment, "TERM");
  if (term != nullptr && call.arguments.has("tty")) result["TERM"] = *term;
  for (const std::string& text : call.arguments.values("env")) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (name.empty()) {
      throw runtime::Error(runtime::ErrorKind::kInvalid, "`" + text + "` sets no variable")
          .cure("write -e NAME=VALUE");
    }
    const std::string* own = find(call.environment, name);
    if (equals != std::string::npos) {
      result[name] = text.substr(equals + 1);
    } else if (own != nullptr) {
      result[name] = *own;
    }
  }
  return result;
}

Json exec_body(const Invocation& call, const std::vector<std::string>& command) {
  Json body{{"command", command}, {"env", environment_of(call)}};
  if (call.arguments.has("user")) body["user"] = call.arguments.value("user");
  if (call.arguments.has("workdir")) body["workdir"] = call.arguments.value("workdir");
  return body;
}

Input input_of(const Invocation& call) {
  if (call.arguments.has("no-stdin")) return Input::kNone;
  return call.arguments.has("stdin") ? Input::kPassed : Input::kAuto;
}

}  // namespace croft::ctl
