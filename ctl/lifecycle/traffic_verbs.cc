// class.* and usage.list
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using Classes = std::map<std::string, std::uint8_t>;

Json class_json(const Classes& classes, std::uint8_t number) {
  Json prefixes = Json::array();
  for (const auto& [prefix, owner] : classes)
    if (owner == number) prefixes.push_back(prefix);
  return {{"name", std::to_string(number)}, {"prefixes", std::move(prefixes)}};
}

std::optional<std::uint8_t> class_number(const std::string& text) {
  const bool short_enough = text.size() == 1 || (text.size() == 2 && text.front() == '1');
  if (!short_enough || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const int number = std::stoi(text);
  if (number >= static_cast<int>(netns::kClasses)) return std::nullopt;
  return static_cast<std::uint8_t>(number);
}

constexpr const char* kNumbers = "must be a number from 0 to 15";

std::uint8_t class_in_path(const Call& call) {
  const std::string& text = call.path.at("name");
  if (const auto number = class_number(text)) return *number;
  throw Error(ErrorKind::kInvalid, "`" + shown(text) + "` is not a class: it " + kNumbers);
}

std::uint8_t class_in_body(const Call& call) {
  const auto found = call.body.find("class");
  if (found == call.body.end() || !found->is_number_unsigned() ||
      found->get<std::uint64_t>() >= netns::kClasses)
    throw runtime::wrong_field("class", kNumbers);
  return found->get<std::uint8_t>();
}

std::string prefix_in_body(const Call& call) {
  const auto found = call.body.find("prefix");
  if (found == call.body.end() || !found->is_string())
    throw runtime::wrong_field("prefix", "is missing, or is not a text");
  try {
    return netns::to_text(netns::parse_prefix(found->get<std::string>()));
  } catch (const Error& error) {
    throw runtime::wrong_field("prefix", error.what());
  }
}

// Those of the class that are meant: the one that is named, or all.
std::vector<std::string> chosen(const Classes& classes, std::uint8_t number, const std::string& prefix) {
  std::vector<std::string> all;
  for (const auto& [text, owner] : classes)
    if (owner == number && (prefix.empty() || prefix == text)) all.push_back(text);
  if (all.empty())
    throw Error(ErrorKind::kNotFound, "class " + std::to_string(number) + " has no prefix" +
                                          (prefix.empty() ? "" : " `" + shown(prefix) + "`"))
        .cure("`croft net class list` shows which there are");
  return all;
}

void note(Context& context, const Call& call, const char* kind, std::uint8_t number, const Classes& before,
          const Classes& after) {
  EventDraft event = event_of(call, kind);
  event.before = class_json(before, number);
  event.after = class_json(after, number);
  context.registry.append_event(event, "class " + std::to_string(number));
}

Json usage_json(const ContainerRecord& record, const netns::Traffic& traffic,
                const std::set<std::uint8_t>& numbers) {
  return {{"uuid", record.uuid},
          {"name", record.name},
          {"tenant", record.tenant},
          {"state", to_text(record.state)},
          {"traffic", traffic_json(traffic, numbers)}};
}

}  // namespace

Answer list_classes(Context& context, const Call&) {
  const Classes classes = context.traffic.classes();
  Json items = Json::array();
  for (const std::uint8_t number : context.traffic.class_numbers())
    items.push_back(class_json(classes, number));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer show_class(Context& context, const Call& call) {
  return {.status = 200,
          .body = class_json(context.traffic.classes(), class_in_path(call)),
          .etag = "",
          .location = ""};
}

Answer add_class(Context& context, const Call& call) {
  check_members(call.body, {"class", "prefix"});
  const std::uint8_t number = class_in_body(call);
  const std::string prefix = prefix_in_body(call);
  const std::lock_guard lock(context.traffic.changing());
  const Classes before = context.traffic.classes();
  if (const auto found = before.find(prefix); found != before.end())
    throw Error(ErrorKind::kExists,
                "`" + prefix + "` is of class " + std::to_string(found->second) + " already")
        .cure("`croft net class remove` takes it out");
  if (before.size() >= netns::kMaxClassPrefixes)
    throw Error(ErrorKind::kExhausted, "classes have " + std::to_string(before.size()) + " prefixes already")
        .cure("add wider ones instead of many");
  Classes after = before;
  after[prefix] = number;
  if (call.dry_run) return planned({{"classify", prefix, "class " + std::to_string(number)}});
  context.traffic.set_classes(after);
  note(context, call, "class.added", number, before, after);
  return {.status = 201,
          .body = class_json(after, number),
          .etag = "",
          .location = "/v1/net/classes/" + std::to_string(number)};
}

Answer remove_class(Context& context, const Call& call) {
  const std::uint8_t number = class_in_path(call);
  const auto asked = call.query.find("prefix");
  const std::lock_guard lock(context.traffic.changing());
  const Classes before = context.traffic.classes();
  Classes after = before;
  std::vector<runtime::Description> changes;
  for (const std::string& prefix : chosen(before, number, asked == call.query.end() ? "" : asked->second)) {
    after.erase(prefix);
    changes.push_back({"forget", prefix, "class " + std::to_string(number)});
  }
  if (call.dry_run) return planned(changes);
  context.traffic.set_classes(after);
  note(context, call, "class.removed", number, before, after);
  return {.status = 200, .body = {{"name", std::to_string(number)}}, .etag = "", .location = ""};
}

Answer list_usage(Context& context, const Call& call) {
  const std::map<std::string, netns::Traffic> totals = context.traffic.totals();
  const std::set<std::uint8_t> numbers = context.traffic.class_numbers();
  Json items = Json::array();
  for (const ContainerRecord& record : context.registry.containers(filter_of(context, call))) {
    const auto found = totals.find(record.uuid);
    items.push_back(usage_json(record, found == totals.end() ? netns::Traffic{} : found->second, numbers));
  }
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
