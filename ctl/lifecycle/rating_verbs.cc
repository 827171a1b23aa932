// tariff.list, tariff.show, invoice.show, invoice.export and quote.show
#include "ctl/lifecycle/metering.h"
#include "ctl/lifecycle/metering_readings.h"
#include "ctl/lifecycle/plans.h"
#include "ctl/lifecycle/text_files.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/rating/focus.h"
#include "ctl/rating/quote.h"
#include "ctl/rating/rater.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kMaxAccountBytes = std::size_t{1} << 22;
constexpr std::string_view kJsonSuffix = ".json";

rating::TariffTexts tariff_texts(const Context& context) {
  return read_text_files({.directory = context.host.options.tariffs,
                          .suffix = kJsonSuffix,
                          .what = "tariffs",
                          .check_name = check_plan_name,
                          .most = rating::kMaxTariffs,
                          .bytes = rating::kMaxTariffBytes});
}

rating::Account account_of(const Context& context, const std::string& tenant) {
  check_tenant_name(tenant);
  const std::string path = context.host.options.accounts + "/" + tenant + std::string(kJsonSuffix);
  if (!runtime::exists(path)) return rating::account_without_file(tenant);
  return rating::parse_account(tenant, runtime::read_file(path, kMaxAccountBytes));
}

std::string query_of(const Call& call, const char* key) {
  const auto found = call.query.find(key);
  return found == call.query.end() ? std::string() : found->second;
}

rating::Terms terms_of(const Context& context, const Call& call, const std::string& tenant) {
  rating::Terms terms;
  terms.account = account_of(context, tenant);
  terms.versions = rating::versions_for(rating::read_all(tariff_texts(context), {}), terms.account);
  terms.until = now_on_both_clocks().real;
  const std::string period = query_of(call, "period");
  try {
    terms.month =
        period.empty() ? rating::Zone(terms.account.zone).month_at(terms.until) : rating::parse_month(period);
  } catch (const Error& error) {
    throw runtime::wrong_field("period", error.what());
  }
  return terms;
}

Json errors_of(const std::string& id, const FieldErrors& errors) {
  Json list = Json::array();
  for (const runtime::FieldError& error : errors)
    if (error.path.starts_with(id + std::string(kJsonSuffix)))
      list.push_back({{"path", error.path}, {"message", error.message}});
  return list;
}

// A file that cannot be read is listed with what is wrong with it.
Json tariff_json(const std::string& id, const rating::Tariffs& all) {
  Json item = {{"name", id}, {"errors", errors_of(id, all.errors)}};
  const auto found = all.by_id.find(id);
  const bool good = found != all.by_id.end();
  const rating::Tariff tariff = good ? found->second : rating::Tariff();
  item["tariff"] = good ? Json(tariff.name) : Json();
  item["version"] = good ? Json(tariff.version) : Json();
  item["currency"] = good ? Json(tariff.currency) : Json();
  item["text"] = good ? Json(tariff.text) : Json();
  item["from"] = good ? Json(rating::to_text(tariff.from)) : Json();
  item["to"] = tariff.to ? Json(rating::to_text(*tariff.to)) : Json();
  item["sha256"] = good ? Json(tariff.digest) : Json();
  item["prices"] = tariff.skus.size();
  return item;
}

Answer answer_of(Json body) {
  return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
}

// One that used something is known, also when it is there no more.
void check_tenant(const Context& context, const rating::Account& account, const Json& invoice) {
  if (!account.digest.empty() || !invoice.at("containers").empty() ||
      context.registry.find_tenant(account.tenant))
    return;
  throw Error(ErrorKind::kNotFound,
              "there is no tenant `" + account.tenant + "`, and in this month there was none")
      .cure("`croft tenant list` shows which there are");
}

}  // namespace

Answer list_tariffs(Context& context, const Call&) {
  const rating::TariffTexts texts = tariff_texts(context);
  const rating::Tariffs all = rating::read_all(texts, {});
  Json items = Json::array();
  for (const auto& [id, text] : texts) items.push_back(tariff_json(id, all));
  return answer_of({{"items", std::move(items)}});
}

Answer show_tariff(Context& context, const Call& call) {
  const std::string& id = call.path.at("name");
  const rating::TariffTexts texts = tariff_texts(context);
  if (!texts.contains(id))
    throw Error(ErrorKind::kNotFound,
                "there is no version `" + shown(id) + "` of a tariff, as in `default-1`")
        .cure("`croft tariff list` shows which there are");
  const rating::Tariffs all = rating::read_all(texts, {});
  Json item = tariff_json(id, all);
  item["skus"] = Json::array();
  if (const auto found = all.by_id.find(id); found != all.by_id.end())
    for (const rating::Sku& sku : found->second.skus)
      item["skus"].push_back(rating::to_json(sku, found->second.digits));
  return answer_of(std::move(item));
}

namespace {

Json invoice_of(Context& context, const Call& call) {
  rating::Rater rater(terms_of(context, call, call.path.at("name")));
  const ledger::Period period = rater.reads();
  context.metering.each_between(period.from, period.to,
                                [&](const ledger::Record& record) { rater.add(record); });
  Json invoice = rater.invoice();
  check_tenant(context, rater.terms().account, invoice);
  const ledger::JournalState state = context.metering.journal().state();
  invoice["records"]["node"] = state.node;
  invoice["records"]["epoch"] = state.epoch;
  return invoice;
}

}  // namespace

Answer show_invoice(Context& context, const Call& call) {
  return answer_of(invoice_of(context, call));
}

Answer export_invoice(Context& context, const Call& call) {
  const std::string version = query_of(call, "focus");
  Answer answer = answer_of(nullptr);
  answer.text =
      rating::focus_csv(invoice_of(context, call),
                        version.empty() ? rating::FocusVersion::k12 : *rating::focus_version(version));
  answer.content_type = "text/csv; charset=utf-8";
  return answer;
}

Answer show_quote(Context& context, const Call& call) {
  const std::string given = query_of(call, "tenant");
  const std::string tenant = given.empty() ? "default" : given;
  const std::string name = query_of(call, "plan");
  const plans::Plan plan = plans::resolve(read_plans(context.host.options.plans), name);
  const bool known = context.registry.find_tenant(tenant).has_value();
  const Json about = {{"tenant", tenant},  {"path", known ? context.control.tenant_path(tenant) : tenant},
                      {"name", "quote"},   {"template", query_of(call, "template")},
                      {"plan", plan.name}, {"promise", promise_of(plans::resources_of(plan.values))}};
  Json body = rating::quote(terms_of(context, call, tenant), about);
  body["plan"] = plan.name;
  body["tenant"] = tenant;
  return answer_of(std::move(body));
}

}  // namespace croft::ctl
