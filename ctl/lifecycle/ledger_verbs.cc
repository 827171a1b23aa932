// ledger.usage, ledger.records, ledger.verify and metrics.show
#include "ctl/ledger/period.h"
#include "ctl/ledger/usage.h"
#include "ctl/lifecycle/metering.h"
#include "ctl/lifecycle/metering_readings.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::uint64_t kMostRecords = 10'000;

std::string query_of(const Call& call, const char* key) {
  const auto found = call.query.find(key);
  return found == call.query.end() ? std::string() : found->second;
}

std::uint64_t number_of(const Call& call, const char* key, std::uint64_t otherwise, std::uint64_t most) {
  const std::string text = query_of(call, key);
  if (text.empty()) return otherwise;
  const bool digits = text.size() <= 18 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoull(text) > most)
    throw runtime::wrong_field(key, "must be a number, at most " + std::to_string(most));
  return std::stoull(text);
}

// A tenant that is there no more has used something all the same.
ledger::UsageFilter filter_in(const Call& call) {
  ledger::UsageFilter filter;
  if (query_of(call, "all_tenants") != "1") {
    filter.tenant = query_of(call, "tenant");
    if (filter.tenant.empty()) filter.tenant = "default";
  }
  std::string rest = query_of(call, "containers");
  while (!rest.empty()) {
    const std::string one = rest.substr(0, rest.find(','));
    rest.erase(0, std::min(rest.size(), one.size() + 1));
    if (!one.empty()) filter.containers.insert(one);
  }
  return filter;
}

// A name that was typed wrong used nothing either, and must not look as if that were known.
void check_known(const Context& context, const std::string& container) {
  const std::size_t slash = container.find('/');
  const bool is_there =
      slash == std::string::npos
          ? context.registry.find(container).has_value()
          : context.registry.find(container.substr(slash + 1), container.substr(0, slash)).has_value();
  if (is_there || context.metering.journal().knows(container)) return;
  throw Error(ErrorKind::kNotFound,
              "there is no container `" + shown(container) + "`, and the ledger has none")
      .cure("`croft list --all-tenants` shows which there are");
}

Json state_json(const Metering::State& state) {
  return {{"node", state.journal.node},
          {"epoch", state.journal.epoch},
          {"last", state.journal.last},
          {"hash", templates::to_hex(state.journal.hash)},
          {"read_only", state.journal.read_only.empty() ? Json() : Json(state.journal.read_only)},
          {"pending", state.pending},
          {"failure", state.failure.empty() ? Json() : Json(state.failure)}};
}

Answer answer_of(Json body) {
  return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
}

}  // namespace

Answer ledger_usage(Context& context, const Call& call) {
  const std::int64_t now = now_on_both_clocks().real;
  const ledger::Period period =
      ledger::parse_period(query_of(call, "period"), query_of(call, "from"), query_of(call, "to"), now);
  const std::string by = query_of(call, "by");
  const ledger::UsageFilter filter = filter_in(call);
  for (const std::string& container : filter.containers) check_known(context, container);
  ledger::Usage usage(*ledger::parse_usage_by(by.empty() ? "container" : by), filter);
  context.metering.each_between(period.from, period.to,
                                [&](const ledger::Record& record) { usage.add(record); });
  return answer_of({{"from", ledger::time_text(period.from)},
                    {"to", ledger::time_text(period.to)},
                    {"by", by.empty() ? "container" : by},
                    {"items", usage.items()}});
}

Answer ledger_records(Context& context, const Call& call) {
  const std::uint64_t after = number_of(call, "after", 0, INT64_MAX);
  const std::uint64_t limit = number_of(call, "count", 1000, kMostRecords);
  const std::string container = query_of(call, "container");
  if (!container.empty()) check_known(context, container);
  Json items = Json::array();
  std::uint64_t last = after;
  for (const ledger::Record& record : context.metering.journal().after(after, limit)) {
    last = record.seq;
    Json json = ledger::to_json(record);
    const std::string object = json.value("tenant", "") + "/" + json.value("name", "");
    if (container.empty() || container == record.identity.uuid || container == object)
      items.push_back(std::move(json));
  }
  Json body = state_json(context.metering.state());
  body["items"] = std::move(items);
  body["next"] = last;
  return answer_of(std::move(body));
}

Answer verify_ledger(Context& context, const Call&) {
  const ledger::Verified verified = context.metering.journal().verify();
  Json body = state_json(context.metering.state());
  body["records"] = verified.records;
  body["wrong"] = verified.wrong.empty() ? Json() : Json(verified.wrong);
  return answer_of(std::move(body));
}

Answer show_metrics(Context& context, const Call& call) {
  const ledger::Format format = ledger::format_of(call.accept);
  Answer answer = answer_of(nullptr);
  answer.text = context.metering.metrics(format);
  answer.content_type = ledger::content_type(format);
  return answer;
}

}  // namespace croft::ctl
