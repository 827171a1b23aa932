#include "ctl/cli/commands/named.h"

#include <algorithm>
#include <ostream>

#include "ctl/cli/each.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

Json fetch_kind(const Invocation& call, const NamedKind& kind) {
  Client client = call.client();
  return fetch_list(client, std::string(kind.path), {});
}

std::string value_text(const std::string& name, const Json& value) {
  if (name.ends_with("_bytes")) return limit_text(value, human_size);
  if (value.is_string() && parse_time(value.get<std::string>())) return local_time(value.get<std::string>());
  return plain(value);
}

// "size_bytes" -> "Size"
std::string title(std::string name) {
  if (name.ends_with("_bytes")) name.resize(name.size() - 6);
  std::replace(name.begin(), name.end(), '_', ' ');
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

}  // namespace

std::string named_path(const NamedKind& kind, const std::string& name) {
  return std::string(kind.path) + "/" + percent_encoded(name);
}

std::vector<std::string> named_operands(const Invocation& call, const NamedKind& kind) {
  const std::vector<std::string>& operands = call.arguments.operands;
  if (std::none_of(operands.begin(), operands.end(), is_glob)) return operands;
  return expand_names(operands, fetch_kind(call, kind), kind.word);
}

int print_named(const Invocation& call, const NamedKind& kind, const std::vector<ColumnHead>& heads,
                Row (*row)(const Json& item), Json (*arrange)(const Json& list)) {
  const Json list = fetch_kind(call, kind);
  if (call.json()) {
    print_json(call.screen, list);
    return kExitOk;
  }
  if (call.quiet()) {
    for (const Json& item : list) call.screen.out << text_at(item, kind.key) << '\n';
    return kExitOk;
  }
  std::vector<Row> rows;
  const Json arranged = arrange == nullptr ? list : arrange(list);
  for (const Json& item : arranged) rows.push_back(row(item));
  call.screen.out << format_table(heads, rows, !call.arguments.has("no-header"), call.screen.colour);
  return kExitOk;
}

std::string describe_object(const Json& object, bool colour) {
  std::vector<std::pair<std::string, Cell>> pairs;
  for (const auto& [name, value] : object.items()) {
    const bool first = name == "name" || name == "id";
    pairs.insert(first ? pairs.begin() : pairs.end(), {title(name), {value_text(name, value)}});
  }
  return format_pairs(pairs, colour);
}

int show_named(const Invocation& call, const NamedKind& kind,
               std::string (*describe)(const Json& object, bool colour)) {
  Client client = call.client();
  bool first = true;
  for (const std::string& name : named_operands(call, kind)) {
    const Json object = client.call("GET", named_path(kind, name));
    if (call.json()) {
      print_json(call.screen, object);
    } else {
      call.screen.out << (first ? "" : "\n") << describe(object, call.screen.colour);
    }
    first = false;
  }
  return kExitOk;
}

int delete_named(const Invocation& call, const NamedKind& kind, const std::string& verb,
                 const std::string& done) {
  const std::vector<std::string> names = named_operands(call, kind);
  const auto query = changing_query(call);
  return for_each(call, verb + " " + std::string(kind.word), names,
                  [&](Client& client, std::size_t i, const OnProgress& progress) {
                    const std::string path = with_query(named_path(kind, names[i]), query);
                    return Outcome{done, client.perform("DELETE", path, std::nullopt, progress)};
                  });
}

}  // namespace croft::ctl
