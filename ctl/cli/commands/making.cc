#include "ctl/cli/commands/making.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "ctl/cli/settings.h"
#include "ctl/fleet/numbered.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/units.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// The daemon answers a wait after at most 55 s; longer ones are asked for again.
constexpr std::uint64_t kSlice = 50;
constexpr std::size_t kMaxSpecFile = std::size_t{1} << 20;

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = read(fd, buffer.data(), buffer.size())) != 0;) {
    if (got < 0) runtime::fail_errno("cannot read the settings");
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kMaxSpecFile) throw Error(ErrorKind::kInvalid, "the settings are larger than 1 MiB");
  }
  return text;
}

std::string text_of(const Invocation& call, const std::string& path) {
  return path == "-" ? read_all(call.stdio.in) : runtime::read_file(path, kMaxSpecFile);
}

Json spec_from_file(const Invocation& call) {
  const std::string path = call.arguments.value("file");
  if (path.empty()) return Json::object();
  const std::string text = text_of(call, path);
  Json spec = Json::parse(text, nullptr, false);
  if (!spec.is_object()) throw Error(ErrorKind::kInvalid, "`" + path + "` holds no JSON object of settings");
  return spec;
}

std::uint64_t number_of(const Invocation& call, const std::string& option, std::uint64_t most) {
  try {
    const std::uint64_t number = parse_count(call.arguments.value(option));
    if (number <= most) return number;
    throw Error(ErrorKind::kInvalid, "is more than " + std::to_string(most));
  } catch (Error& error) {
    throw error.wrap("--" + option);
  }
}

// Every name, or with --count every name with every number.
std::vector<std::string> all_names(const Invocation& call, const std::vector<std::string>& names) {
  if (!call.arguments.has("count")) {
    if (call.arguments.has("first")) throw Error(ErrorKind::kInvalid, "--first needs --count");
    return names;
  }
  const std::uint64_t count = number_of(call, "count", kMaxMade / names.size());
  const std::uint64_t first = call.arguments.has("first") ? number_of(call, "first", UINT32_MAX) : 1;
  std::vector<std::string> all;
  for (const std::string& name : names)
    for (std::string& one : numbered_names(name, count, first)) all.push_back(std::move(one));
  return all;
}

}  // namespace

NewContainers new_containers(const Invocation& call) {
  NewContainers made;
  std::vector<std::string> settings;
  std::vector<std::string> words;
  for (const std::string& operand : call.arguments.operands)
    (is_assignment(operand) ? settings : words).push_back(operand);
  std::string origin = call.arguments.value("template");
  if (origin.empty() && !words.empty()) {
    origin = words.front();
    words.erase(words.begin());
  }
  if (words.empty()) {
    const std::string command = "croft " + std::string(call.command.name);
    throw Error(ErrorKind::kInvalid, "`" + command + "` needs TEMPLATE NAME")
        .cure("see `" + command + " --help`");
  }
  for (const std::string& name : all_names(call, words))
    made.targets.push_back(parse_target(name, call.tenant()));
  made.spec = apply_assignments(spec_from_file(call), parse_assignments(settings));
  made.spec["template"] = origin;
  if (call.arguments.has("user-data"))
    made.spec["cloud_init"]["user_data"] = text_of(call, call.arguments.value("user-data"));
  if (call.arguments.has("plan")) made.spec["plan"]["name"] = call.arguments.value("plan");
  return made;
}

Json create_body(const Target& target, const Json& spec) {
  return {{"name", target.name}, {"tenant", target.tenant}, {"spec", spec}};
}

Json wait_for(Client& client, const Target& target, const std::string& state, std::uint64_t timeout_s,
              const Json& started) {
  std::map<std::string, std::string> query{{"for", state}};
  if (started.is_object() && started.contains("generation")) query["run"] = started["generation"].dump();
  const auto begun = std::chrono::steady_clock::now();
  while (true) {
    const auto gone = std::chrono::steady_clock::now() - begun;
    const auto used =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(gone).count());
    const std::uint64_t left = timeout_s > used ? timeout_s - used : 0;
    query["timeout"] = std::to_string(std::min(left, kSlice));
    try {
      return client.call("GET", container_path(target, "wait", query));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kTimeout || left <= kSlice) throw;
    }
  }
}

std::uint64_t timeout_of(const Invocation& call, std::uint64_t fallback_s) {
  if (!call.arguments.has("timeout")) return fallback_s;
  try {
    return parse_seconds(call.arguments.value("timeout")).value;
  } catch (Error& error) {
    throw error.wrap("--timeout");
  }
}

}  // namespace croft::ctl
