#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/text.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

constexpr std::uint64_t kMinute = 60;
constexpr std::uint64_t kHour = 3600;
constexpr std::size_t kUuid = 36;
constexpr double kGiB = 1024.0 * 1024 * 1024;

std::uint64_t number(const Json& value) {
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

// Of more than 64 bits there is a text.
std::string exact(const Json& value) {
  return plain(value);
}

std::uint64_t used(const Json& item, std::string_view meter) {
  return number(at_path(item, {"meters", meter, "used"}));
}

std::uint64_t sum_over_classes(const Json& item, const std::string& part) {
  std::uint64_t sum = 0;
  const Json meters = at_path(item, {"meters"});
  for (const auto& [name, one] : meters.items())
    if (name.starts_with(part + ".")) sum += number(at_path(one, {"used"}));
  return sum;
}

// "1:02:03", hours as many as there are.
std::string clock_text(std::uint64_t micros) {
  const std::uint64_t seconds = micros / 1'000'000;
  return fmt::format("{}:{:02}:{:02}", seconds / kHour, seconds % kHour / kMinute, seconds % kMinute);
}

std::string gib_hours(std::uint64_t byte_seconds) {
  return fmt::format("{:.2f}", static_cast<double>(byte_seconds) / kGiB / static_cast<double>(kHour));
}

// What the figures of this row are not sure of.
std::string doubt_of(const Json& item) {
  std::string text;
  if (const std::uint64_t unknown = number(at_path(item, {"time", "unknown_us"})); unknown > 0)
    text += "unknown " + human_micros(unknown);
  if (const std::uint64_t estimated = number(at_path(item, {"time", "estimated_us"})); estimated > 0)
    text += (text.empty() ? "" : ", ") + ("estimated " + human_micros(estimated));
  return text;
}

std::string title_of(const Json& item, bool wide) {
  const std::string name = text_at(item, "name");
  if (name.empty()) return text_at(item, "key");
  return wide ? text_at(item, "tenant") + "/" + name : name;
}

std::string group_table(const Invocation& call, const Json& usage, const std::string& by, bool wide) {
  std::string head = by;
  std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::toupper(c); });
  std::vector<Row> rows;
  for (const Json& item : at_path(usage, {"items"}))
    rows.push_back({{title_of(item, wide)},
                    {clock_text(number(at_path(item, {"time", "running_us"})) +
                                number(at_path(item, {"time", "frozen_us"})))},
                    {clock_text(used(item, "cpu"))},
                    {gib_hours(used(item, "memory"))},
                    {gib_hours(number(at_path(item, {"promised", "memory", "limit"})))},
                    {human_size(used(item, "io.read"))},
                    {human_size(used(item, "io.written"))},
                    {human_size(sum_over_classes(item, "net.in.bytes"))},
                    {human_size(sum_over_classes(item, "net.out.bytes"))},
                    {doubt_of(item)}});
  return format_table({{head},
                       {"RUN", true},
                       {"CPU", true},
                       {"MEM GiBh", true},
                       {"LIMIT GiBh", true},
                       {"READ", true},
                       {"WRITTEN", true},
                       {"IN", true},
                       {"OUT", true},
                       {"NOTES"}},
                      rows, !call.arguments.has("no-header"), call.screen.colour);
}

std::string meter_table(const Invocation& call, const Json& usage) {
  std::vector<Row> rows;
  for (const Json& item : at_path(usage, {"items"})) {
    const Json meters = at_path(item, {"meters"});
    for (const auto& [name, one] : meters.items()) {
      const Json promised = at_path(item, {"promised", name});
      rows.push_back({{name},
                      {exact(at_path(one, {"used"}))},
                      {text_at(one, "unit")},
                      {exact(at_path(promised, {"guarantee"}))},
                      {exact(at_path(promised, {"barrier"}))},
                      {exact(at_path(promised, {"limit"}))}});
    }
  }
  return format_table(
      {{"METER"}, {"USED", true}, {"UNIT"}, {"GUARANTEE", true}, {"BARRIER", true}, {"LIMIT", true}}, rows,
      !call.arguments.has("no-header"), call.screen.colour);
}

std::string class_table(const Invocation& call, const Json& usage) {
  std::vector<Row> rows;
  for (const Json& item : at_path(usage, {"items"})) {
    const Json meters = at_path(item, {"meters"});
    for (const auto& [name, one] : meters.items()) {
      constexpr std::string_view kFirst = "net.in.bytes.";
      if (!name.starts_with(kFirst)) continue;
      const std::string number_text = name.substr(kFirst.size());
      const auto of = [&](const char* part) { return exact(at_path(meters, {part + number_text, "used"})); };
      rows.push_back({{number_text},
                      {of("net.in.bytes.")},
                      {of("net.in.packets.")},
                      {of("net.out.bytes.")},
                      {of("net.out.packets.")}});
    }
  }
  return format_table(
      {{"CLASS"}, {"BYTES IN", true}, {"PACKETS IN", true}, {"BYTES OUT", true}, {"PACKETS OUT", true}}, rows,
      !call.arguments.has("no-header"), call.screen.colour);
}

std::string containers_of(const Invocation& call, Client& client) {
  std::string list;
  for (const Target& target : expand_targets(client, call.arguments.operands, call.tenant())) {
    if (!list.empty()) list += ",";
    list += target.name.size() == kUuid ? target.name : target.tenant + "/" + target.name;
  }
  return list;
}

int run(Invocation& call) {
  Client client = call.client();
  const bool all = call.arguments.has("all");
  const std::string by = call.arguments.value("by", "container");
  constexpr std::array<std::string_view, 6> kGroups{"container", "tenant", "day", "hour", "meter", "class"};
  if (std::find(kGroups.begin(), kGroups.end(), by) == kGroups.end())
    throw runtime::Error(runtime::ErrorKind::kInvalid, "cannot group by `" + visible(by) + "`")
        .cure("use container, tenant, day, hour, meter or class");
  const bool summed = by == "meter" || by == "class";
  std::map<std::string, std::string> query{{"by", summed ? "all" : by}};
  for (const char* name : {"period", "from", "to"})
    if (call.arguments.has(name)) query[name] = call.arguments.value(name);
  if (call.arguments.operands.empty() && !all)
    query["tenant"] = call.tenant();
  else
    query["all_tenants"] = "1";
  if (!call.arguments.operands.empty()) query["containers"] = containers_of(call, client);
  const Json usage = client.call("GET", with_query("/v1/usage", query));
  if (call.json())
    print_json(call.screen, usage);
  else if (by == "meter")
    call.screen.out << meter_table(call, usage);
  else if (by == "class")
    call.screen.out << class_table(call, usage);
  else
    call.screen.out << group_table(call, usage, by, query.contains("all_tenants"));
  return kExitOk;
}

}  // namespace

Command usage_command() {
  return {
      .name = "usage",
      .summary = "what was used, for a bill",
      .operands = "[CONTAINER...]",
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description =
          "Prints what containers used in a period, from the ledger: running time, processor time, memory in "
          "GiB-hours beside what their limits came to, bytes read, written, received and sent. Without "
          "operands it is about all containers of the tenant and of those below it, also those that were "
          "destroyed. Without a period it is about this month, up to the last sample. All times are UTC; a "
          "record counts where it begins. NOTES says for how long nothing is known, or memory is an "
          "estimate. "
          "With -j all meters, exactly. See croft-ledger(7).",
      .options = {{"-A,--all", "", "Containers of all tenants"},
                  {"-p,--period", "PERIOD", "A year, month, day or hour: 2026-11, 2026-11-22"},
                  {"-f,--from", "TIME", "From this time on: 2026-11-22T14:05"},
                  {"-u,--to", "TIME", "Up to this time"},
                  {"-b,--by", "GROUP",
                   "A row for each container, tenant, day, hour, meter or (traffic) class"},
                  {"-H,--no-header", "", "Leave the head line out"},
                  kTenant,
                  kJson},
      .examples = {{"croft usage", "This month, container by container"},
                   {"croft usage web1 --period 2026-11 --by day", "One container's days"},
                   {"croft usage --all --by tenant -j", "Everybody, for a bill"},
                   {"croft usage web1 --by meter", "Every meter, and what was promised of it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
