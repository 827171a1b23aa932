#include <pwd.h>

#include <array>
#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/event_text.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/settings.h"
#include "ctl/cli/text.h"
#include "ctl/spec/names.h"
#include "ctl/spec/units.h"

namespace croft::ctl {
namespace {

std::string user_name(std::uint64_t uid) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const auto id = static_cast<uid_t>(uid);
  const bool known = getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  return known ? entry.pw_name : "uid " + std::to_string(uid);
}

// "root/4711", the user and the process that asked for it; "croftd" for what it did by itself.
std::string actor_text(const Json& actor) {
  if (!actor.is_object()) return "-";
  const Json pid = at_path(actor, {"pid"});
  if (text_at(actor, "origin") == "daemon") return "croftd";
  return user_name(at_path(actor, {"uid"}).get<std::uint64_t>()) + "/" + plain(pid);
}

// "memory.limit: 512M -> 1G" for each member on either side.
std::string sides_text(const Json& before, const Json& after) {
  Json keys = before.is_object() ? before : Json::object();
  if (after.is_object()) keys.update(after);
  std::string text;
  for (const auto& [key, value] : keys.items()) {
    const Json old = at_path(before, {key});
    const Json now = at_path(after, {key});
    if (old == now || key == "spec" || key == "addresses") continue;
    const auto side = [&key = key](const Json& one) {
      const std::string words = one.is_null() ? "" : setting_text(key, one);
      return words.empty() ? "-" : words;
    };
    text += (text.empty() ? "" : ", ") + key + ": " + side(old) + " -> " + side(now);
  }
  return text;
}

std::string what_text(const Json& event) {
  const std::string sides = sides_text(at_path(event, {"before"}), at_path(event, {"after"}));
  return sides.empty() ? event_text(event) : sides;
}

std::string line_of(const Json& event) {
  std::string line = pad_left(plain(at_path(event, {"number"})), 6) + "  " +
                     local_time(text_at(event, "time")) + "  " +
                     pad_right(actor_text(at_path(event, {"actor"})), 12) + "  " +
                     pad_right(text_at(event, "kind"), 22) + "  " + text_at(event, "object");
  const std::string what = what_text(event);
  if (!what.empty()) line += "  " + what;
  return visible(line) + "\n";
}

std::string object_of(const Invocation& call) {
  if (call.arguments.operands.empty()) return "";
  const Target target = parse_target(call.operand(0), call.tenant());
  return looks_like_uuid(target.name) ? target.name : target.tenant + "/" + target.name;
}

int run(Invocation& call) {
  Client client = call.client();
  std::map<std::string, std::string> query;
  if (const std::string object = object_of(call); !object.empty()) query["object"] = object;
  std::uint64_t after = call.arguments.has("after") ? parse_count(call.arguments.value("after")) : 0;
  bool any = false;
  while (true) {
    query["after"] = std::to_string(after);
    const Json page = client.call("GET", with_query("/v1/history", query));
    for (const Json& event : page.at("items")) {
      any = true;
      call.screen.out << (call.json() ? event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"
                                      : line_of(event));
    }
    const std::uint64_t next = page.at("next").get<std::uint64_t>();
    if (next == after) break;
    after = next;
  }
  if (any || call.arguments.operands.empty() || call.arguments.has("after")) return 0;
  throw runtime::Error(runtime::ErrorKind::kNotFound, "nothing was ever called `" + call.operand(0) + "`");
}

}  // namespace

Command history_command() {
  return {
      .name = "history",
      .summary = "who changed what",
      .operands = "[CONTAINER]",
      .most = 1,
      .names = Names::kContainers,
      .description =
          "Prints every change of the host, or of what was ever called so: number, time, user and process, "
          "what was done, to which object, and what was before and after. It survives the container, and a "
          "rename. Nothing in it is ever changed. With -j one JSON object a line, to be kept elsewhere; "
          "whoever "
          "has kept the number of the last one goes on behind it.",
      .options = {{"-a,--after", "NUMBER", "Only what came behind this number"}, kTenant, kJson},
      .examples = {{"croft history web1", "All that was done to web1"},
                   {"croft history -j --after 4711 >> changes.json", "What a collector runs each night"}},
      .run = run,
  };
}

}  // namespace croft::ctl
