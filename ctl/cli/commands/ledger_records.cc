#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

Row row_of(const Json& record) {
  const auto used = [&](const char* meter) { return plain(at_path(record, {"meters", meter, "used"})); };
  const std::string name = text_at(record, "name");
  return {{plain(at_path(record, {"seq"}))},
          {text_at(record, "from").substr(0, 19)},
          {text_at(record, "to").substr(0, 19)},
          {name.empty() ? "-" : text_at(record, "tenant") + "/" + name},
          {plain(at_path(record, {"state"}))},
          {text_at(record, "kind")},
          {text_at(record, "cause")},
          {used("cpu")},
          {used("memory")}};
}

// All, a page at a time.
void each_page(Client& client, std::map<std::string, std::string> query, std::uint64_t after,
               const std::function<void(const Json& items)>& take) {
  for (;;) {
    query["after"] = std::to_string(after);
    const Json page = client.call("GET", with_query("/v1/ledger/records", query));
    take(at_path(page, {"items"}));
    const std::uint64_t next = page.at("next").get<std::uint64_t>();
    if (next == after) return;
    after = next;
  }
}

std::uint64_t after_of(const Invocation& call) {
  const std::string text = call.arguments.value("after", "0");
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    throw runtime::wrong_field("--after", "must be the number of a record");
  return std::stoull(text);
}

std::map<std::string, std::string> query_of(const Invocation& call) {
  if (call.arguments.operands.empty()) return {};
  const Target target = parse_target(call.operand(0), call.tenant());
  const bool is_uuid = target.name.size() == 36;
  return {{"container", is_uuid ? target.name : target.tenant + "/" + target.name}};
}

int run_records(Invocation& call) {
  Client client = call.client();
  std::vector<Row> rows;
  Json all = Json::array();
  each_page(client, query_of(call), after_of(call), [&](const Json& items) {
    for (const Json& item : items) {
      if (call.json())
        all.push_back(item);
      else
        rows.push_back(row_of(item));
    }
  });
  if (call.json())
    print_json(call.screen, all);
  else
    call.screen.out << format_table({{"SEQ", true},
                                     {"FROM"},
                                     {"TO"},
                                     {"CONTAINER"},
                                     {"STATE"},
                                     {"KIND"},
                                     {"CAUSE"},
                                     {"CPU us", true},
                                     {"MEM Bs", true}},
                                    rows, !call.arguments.has("no-header"), call.screen.colour);
  return kExitOk;
}

int run_export(Invocation& call) {
  Client client = call.client();
  each_page(client, query_of(call), after_of(call), [&](const Json& items) {
    for (const Json& item : items) call.screen.out << item.dump() << "\n";
  });
  return kExitOk;
}

constexpr Option kAfter{"-a,--after", "SEQ", "Records behind this number only"};

}  // namespace

Command ledger_records_command() {
  return {
      .name = "ledger records",
      .summary = "the records, as a table",
      .operands = "[CONTAINER]",
      .most = 1,
      .names = Names::kContainers,
      .description =
          "Prints the records of the ledger, or those of one container: from when to when, what was true of "
          "it, "
          "why the record ended, and what was used. Times are UTC.",
      .options = {kAfter, {"-H,--no-header", "", "Leave the head line out"}, kTenant, kJson},
      .examples = {{"croft ledger records web1", "One container's"}},
      .run = run_records,
  };
}

Command ledger_export_command() {
  return {
      .name = "ledger export",
      .summary = "the records, as JSON lines",
      .operands = "[CONTAINER]",
      .most = 1,
      .names = Names::kContainers,
      .description =
          "Prints records as JSON, one on each line: every meter with its reading at both ends and the "
          "difference, and the hash. Whoever keeps the number of the last one goes on behind it.",
      .options = {kAfter, kTenant},
      .examples = {{"croft ledger export > records.jsonl", "All of them"},
                   {"croft ledger export --after 1200", "What came since"}},
      .run = run_export,
  };
}

}  // namespace croft::ctl
