#include "ctl/api/routes.h"

#include <algorithm>
#include <array>

namespace croft::ctl {
namespace {

constexpr std::string_view kContainer =
    "uuid name tenant state reason template labels created spec generation addresses id_range init started "
    "up "
    "last_exit suspended usage";
constexpr std::string_view kTrash = "uuid name tenant template labels addresses since until actor";
constexpr std::string_view kResources = "uuid name tenant state resources memory_parts";
constexpr std::string_view kTemplate = "name created layers size_bytes files init os architecture containers";
constexpr std::string_view kTenant = "name parent created labels resources containers children";
constexpr std::string_view kSnapshot = "name created pause_us scheduled";
constexpr std::string_view kDiskPool =
    "name kind path image_bytes taken_bytes state reason size_bytes free_bytes limits containers created";
constexpr std::string_view kDiskPoolFields =
    "name kind path image_bytes taken_bytes state reason size_bytes free_bytes limits containers created "
    "members";
constexpr std::string_view kPool = "name prefixes capacity leased";
constexpr std::string_view kPoolFields = "name prefixes capacity leased leases";
constexpr std::string_view kNetwork =
    "uuid name tenant state mode interface parent proxy vlan mac addresses gateways pool isolation nat "
    "forwards "
    "mtu queues connections further";
constexpr std::string_view kNetworkFields =
    "uuid name tenant state mode interface parent proxy vlan mac addresses gateways pool isolation nat "
    "forwards "
    "mtu queues connections further host firewall unfiltered dropped unshaped rates uncounted traffic";
constexpr std::string_view kClass = "name prefixes";
constexpr std::string_view kUsage = "uuid name tenant state traffic";
constexpr std::string_view kPlan = "name includes values containers error";
constexpr std::string_view kPlanFields = "name includes values text members";
constexpr std::string_view kWebhook =
    "name url events tenant ca created state reason position behind failures failing_since next_attempt last "
    "old_secret_until";
constexpr std::string_view kTariff = "name tariff version currency text from to sha256 prices errors";
constexpr std::string_view kTariffFields =
    "name tariff version currency text from to sha256 prices errors skus";
constexpr std::string_view kOperationFields = "id verb object status progress created updated result error";

using enum RouteKind;
using enum BodyRule;

constexpr std::array kRoutes{
    Route{"GET", "/v1", "version", kQuick, kNone, "", "", ""},
    Route{"GET", "/v1/host", "host.show", kQuick, kNone, "", "", ""},
    Route{"PATCH", "/v1/host", "host.set", kQuick, kRequired, "", "", ""},
    Route{"GET", "/v1/host/check", "host.check", kQuick, kNone, "", "", ""},

    Route{"GET", "/v1/containers", "container.list", kQuick, kNone, "tenant all_tenants", kContainer, ""},
    Route{"POST", "/v1/containers", "container.create", kQuick, kRequired, "", "", ""},
    Route{"GET", "/v1/containers/{ref}", "container.show", kQuick, kNone, "tenant", kContainer, ""},
    Route{"PATCH", "/v1/containers/{ref}", "container.set", kOperation, kRequired, "tenant", "",
          "container.show"},
    Route{"DELETE", "/v1/containers/{ref}", "container.destroy", kOperation, kNone, "tenant force keep", "",
          "container.show"},
    Route{"POST", "/v1/containers/{ref}/start", "container.start", kOperation, kOptional, "tenant", "",
          "container.show"},
    Route{"POST", "/v1/containers/{ref}/stop", "container.stop", kOperation, kOptional, "tenant", "",
          "container.show"},
    Route{"POST", "/v1/containers/{ref}/restart", "container.restart", kOperation, kOptional, "tenant", "",
          "container.show"},
    Route{"POST", "/v1/containers/{ref}/kill", "container.kill", kQuick, kOptional, "tenant", "",
          "container.show"},
    Route{"POST", "/v1/containers/{ref}/freeze", "container.freeze", kOperation, kNone, "tenant", "",
          "container.show"},
    Route{"POST", "/v1/containers/{ref}/thaw", "container.thaw", kOperation, kNone, "tenant", "",
          "container.show"},
    Route{"POST", "/v1/containers/{ref}/suspend", "container.suspend", kOperation, kOptional, "tenant", "",
          "container.show"},
    Route{"POST", "/v1/containers/{ref}/unsuspend", "container.unsuspend", kOperation, kOptional, "tenant",
          "", "container.show"},
    Route{"POST", "/v1/containers/{ref}/undelete", "container.undelete", kQuick, kOptional, "tenant", "", ""},
    Route{"GET", "/v1/trash", "trash.list", kQuick, kNone, "tenant all_tenants", kTrash, ""},
    Route{"POST", "/v1/containers/{ref}/reinstall", "container.reinstall", kOperation, kOptional, "tenant",
          "", "container.show"},
    Route{"GET", "/v1/containers/{ref}/stage", "stage.show", kQuick, kNone, "tenant", "", ""},
    Route{"PATCH", "/v1/containers/{ref}/stage", "stage.change", kQuick, kRequired, "tenant", "", ""},
    Route{"DELETE", "/v1/containers/{ref}/stage", "stage.revert", kQuick, kNone, "tenant", "", ""},
    Route{"POST", "/v1/containers/{ref}/stage/apply", "stage.apply", kOperation, kNone, "tenant", "", ""},
    Route{"POST", "/v1/containers/{ref}/rename", "container.rename", kQuick, kRequired, "tenant", "",
          "container.show"},
    Route{"POST", "/v1/containers/{ref}/clone", "container.clone", kOperation, kRequired, "tenant", "", ""},
    Route{"POST", "/v1/containers/{ref}/commit", "container.commit", kOperation, kRequired, "tenant", "", ""},
    Route{"GET", "/v1/containers/{ref}/snapshots", "snapshot.list", kQuick, kNone, "tenant", kSnapshot, ""},
    Route{"POST", "/v1/containers/{ref}/snapshots", "snapshot.create", kOperation, kOptional, "tenant", "",
          ""},
    Route{"DELETE", "/v1/containers/{ref}/snapshots/{name}", "snapshot.remove", kOperation, kNone, "tenant",
          "", ""},
    Route{"POST", "/v1/containers/{ref}/snapshots/{name}/restore", "snapshot.restore", kOperation, kOptional,
          "tenant", "", ""},
    Route{"POST", "/v1/containers/{ref}/snapshots/{name}/mount", "snapshot.mount", kStream, kOptional,
          "tenant", "", ""},
    Route{"GET", "/v1/containers/{ref}/wait", "container.wait", kWait, kNone, "tenant for run timeout", "",
          ""},
    Route{"GET", "/v1/containers/{ref}/logs", "container.logs", kQuick, kNone, "tenant tail from", "", ""},
    Route{"GET", "/v1/containers/{ref}/resources", "container.resources", kQuick, kNone, "tenant parts", "",
          ""},
    Route{"GET", "/v1/containers/{ref}/net", "net.show", kQuick, kNone, "tenant", kNetworkFields, ""},
    Route{"GET", "/v1/containers/{ref}/net/trace", "net.trace", kQuick, kNone, "tenant to", "", ""},
    Route{"GET", "/v1/resources", "resources.list", kQuick, kNone, "tenant all_tenants used parts",
          kResources, ""},
    Route{"POST", "/v1/containers/{ref}/exec", "container.exec", kStream, kRequired, "tenant", "", ""},
    Route{"POST", "/v1/containers/{ref}/copy", "container.copy", kStream, kRequired, "tenant", "", ""},
    Route{"POST", "/v1/containers/{ref}/console", "container.console", kStream, kOptional, "tenant", "", ""},

    Route{"POST", "/v1/containers/{ref}/run", "container.run", kStream, kRequired, "tenant", "", ""},
    Route{"POST", "/v1/containers/{ref}/backup", "container.backup", kStream, kOptional, "tenant", "", ""},
    Route{"POST", "/v1/backups/restore", "backup.restore", kStream, kOptional, "", "", ""},
    Route{"POST", "/v1/backups/verify", "backup.verify", kStream, kOptional, "", "", ""},
    Route{"GET", "/v1/execs/{id}", "exec.show", kWait, kNone, "wait", "", ""},

    Route{"GET", "/v1/templates", "template.list", kQuick, kNone, "", kTemplate, ""},
    Route{"GET", "/v1/templates/{name}", "template.show", kQuick, kNone, "", kTemplate, ""},
    Route{"DELETE", "/v1/templates/{name}", "template.remove", kOperation, kNone, "", "", "template.show"},
    Route{"POST", "/v1/templates/{name}/build", "template.build", kOperation, kOptional, "", "", ""},
    Route{"POST", "/v1/templates/{name}/import", "template.import", kStream, kRequired, "", "", ""},

    Route{"GET", "/v1/store", "store.usage", kWait, kNone, "", "", ""},
    Route{"POST", "/v1/store/collect", "store.collect", kOperation, kNone, "", "", ""},
    Route{"POST", "/v1/store/verify", "store.verify", kOperation, kNone, "template", "", ""},

    Route{"GET", "/v1/pools", "disk-pool.list", kQuick, kNone, "", kDiskPool, ""},
    Route{"POST", "/v1/pools", "disk-pool.create", kOperation, kRequired, "", "", ""},
    Route{"GET", "/v1/pools/{name}", "disk-pool.show", kQuick, kNone, "", kDiskPoolFields, ""},
    Route{"POST", "/v1/pools/{name}/grow", "disk-pool.grow", kOperation, kRequired, "", "", ""},
    Route{"POST", "/v1/pools/{name}/check", "disk-pool.check", kOperation, kNone, "", "", ""},
    Route{"DELETE", "/v1/pools/{name}", "disk-pool.remove", kOperation, kNone, "", "", "disk-pool.show"},

    Route{"GET", "/v1/plans", "plan.list", kQuick, kNone, "", kPlan, ""},
    Route{"GET", "/v1/plans/{name}", "plan.show", kQuick, kNone, "", kPlanFields, ""},
    Route{"POST", "/v1/plans/{name}/apply", "plan.apply", kOperation, kRequired, "", "", ""},
    Route{"GET", "/v1/plans/{name}/check", "plan.check", kQuick, kNone, "", "", ""},
    Route{"GET", "/v1/plans/{name}/scale", "plan.scale", kQuick, kNone, "factor", "", ""},
    Route{"GET", "/v1/host/capacity", "host.capacity", kQuick, kNone, "count", "", ""},
    Route{"POST", "/v1/host/tune", "host.tune", kQuick, kRequired, "", "", ""},
    Route{"GET", "/v1/host/split", "plan.split", kQuick, kNone, "count", "", ""},

    Route{"GET", "/v1/tenants", "tenant.list", kQuick, kNone, "", kTenant, ""},
    Route{"POST", "/v1/tenants", "tenant.create", kQuick, kRequired, "", "", ""},
    Route{"GET", "/v1/tenants/{name}", "tenant.show", kQuick, kNone, "", kTenant, ""},
    Route{"PATCH", "/v1/tenants/{name}", "tenant.set", kQuick, kRequired, "", "", "tenant.show"},
    Route{"DELETE", "/v1/tenants/{name}", "tenant.remove", kQuick, kNone, "", "", "tenant.show"},

    Route{"GET", "/v1/webhooks", "webhook.list", kQuick, kNone, "", kWebhook, ""},
    Route{"POST", "/v1/webhooks", "webhook.add", kQuick, kRequired, "", "", ""},
    Route{"GET", "/v1/webhooks/{name}", "webhook.show", kQuick, kNone, "", kWebhook, ""},
    Route{"PATCH", "/v1/webhooks/{name}", "webhook.set", kQuick, kRequired, "", "", "webhook.show"},
    Route{"DELETE", "/v1/webhooks/{name}", "webhook.remove", kQuick, kNone, "", "", "webhook.show"},
    Route{"POST", "/v1/webhooks/{name}/test", "webhook.test", kOperation, kNone, "", "", ""},
    Route{"POST", "/v1/webhooks/{name}/retry", "webhook.retry", kQuick, kNone, "", "", ""},

    Route{"GET", "/v1/net/containers", "net.list", kQuick, kNone, "tenant all_tenants", kNetwork, ""},
    Route{"GET", "/v1/net/classes", "class.list", kQuick, kNone, "", kClass, ""},
    Route{"POST", "/v1/net/classes", "class.add", kQuick, kRequired, "", "", ""},
    Route{"GET", "/v1/net/classes/{name}", "class.show", kQuick, kNone, "", kClass, ""},
    Route{"DELETE", "/v1/net/classes/{name}", "class.remove", kQuick, kNone, "prefix", "", "class.show"},
    Route{"GET", "/v1/net/usage", "usage.list", kQuick, kNone, "tenant all_tenants", kUsage, ""},
    Route{"GET", "/v1/net/pools", "pool.list", kQuick, kNone, "", kPool, ""},
    Route{"POST", "/v1/net/pools", "pool.add", kQuick, kRequired, "", "", ""},
    Route{"GET", "/v1/net/pools/{name}", "pool.show", kQuick, kNone, "", kPoolFields, ""},
    Route{"PATCH", "/v1/net/pools/{name}", "pool.set", kQuick, kRequired, "", "", "pool.show"},
    Route{"DELETE", "/v1/net/pools/{name}", "pool.remove", kQuick, kNone, "prefix", "", "pool.show"},

    Route{"GET", "/v1/net/uplink", "uplink.show", kQuick, kNone, "", "", ""},
    Route{"PATCH", "/v1/net/uplink", "uplink.set", kQuick, kRequired, "", "", ""},
    Route{"DELETE", "/v1/net/uplink", "uplink.remove", kQuick, kNone, "", "", ""},

    Route{"GET", "/v1/usage", "ledger.usage", kWait, kNone, "tenant all_tenants containers period from to by",
          "", ""},
    Route{"GET", "/v1/ledger/records", "ledger.records", kQuick, kNone, "after count container", "", ""},
    Route{"GET", "/v1/ledger/verify", "ledger.verify", kWait, kNone, "", "", ""},
    Route{"GET", "/v1/tariffs", "tariff.list", kQuick, kNone, "", kTariff, ""},
    Route{"GET", "/v1/tariffs/{name}", "tariff.show", kQuick, kNone, "", kTariffFields, ""},
    Route{"GET", "/v1/invoices/{name}", "invoice.show", kWait, kNone, "period", "", ""},
    Route{"GET", "/v1/invoices/{name}/focus", "invoice.export", kWait, kNone, "period focus", "", ""},
    Route{"GET", "/v1/quote", "quote.show", kQuick, kNone, "plan tenant template period", "", ""},
    Route{"GET", "/v1/metrics", "metrics.show", kQuick, kNone, "", "", ""},

    Route{"GET", "/v1/history", "history.show", kWait, kNone, "object after count", "", ""},

    Route{"GET", "/v1/operations", "operation.list", kBuiltin, kNone, "", kOperationFields, ""},
    Route{"GET", "/v1/operations/{id}", "operation.show", kBuiltin, kNone, "wait", "", ""},
    Route{"DELETE", "/v1/operations/{id}", "operation.cancel", kBuiltin, kNone, "", "", ""},
    Route{"GET", "/v1/events", "event.list", kBuiltin, kNone, "since limit follow", "", ""},

    Route{"POST", "/v1/host/shutdown", "host.shutdown", kOperation, kNone, "", "", ""},
    Route{"POST", "/v1/daemon/upgrade-keeper", "keeper.upgrade", kOperation, kNone, "", "", ""},
};

bool is_placeholder(std::string_view part) {
  return part.starts_with('{');
}

// Compares part by part; fills `path` with what stands at the placeholders.
bool matches(std::string_view pattern, const std::vector<std::string>& parts,
             std::map<std::string, std::string>& path) {
  path.clear();
  for (const std::string& part : parts) {
    if (pattern.empty()) return false;
    pattern.remove_prefix(1);
    const std::string_view wanted = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(wanted.size());
    if (is_placeholder(wanted)) {
      if (part.empty()) return false;
      path.emplace(wanted.substr(1, wanted.size() - 2), part);
    } else if (wanted != part) {
      return false;
    }
  }
  return pattern.empty();
}

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

bool is_changing(const Route& route) {
  return route.method != "GET" && route.kind != kStream && route.kind != kBuiltin;
}

bool is_list(const Route& route) {
  return route.verb.ends_with(".list") && !route.fields.empty();
}

std::vector<std::string_view> split_words(std::string_view words) {
  std::vector<std::string_view> out;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (end > 0) out.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

std::vector<std::string_view> query_keys(const Route& route) {
  std::vector<std::string_view> keys = split_words(route.query);
  if (!route.fields.empty()) keys.emplace_back("fields");
  if (is_list(route)) keys.insert(keys.end(), {"filter", "limit", "cursor"});
  // `wait` has no effect on a verb that answers at once, so that clients need not know which do.
  if (is_changing(route)) keys.insert(keys.end(), {"dry_run", "wait"});
  return keys;
}

std::vector<std::string_view> choices_of(std::string_view key) {
  constexpr std::array kFlags{"all_tenants", "dry_run", "follow", "force", "parts", "used"};
  if (std::find(kFlags.begin(), kFlags.end(), key) != kFlags.end()) return {"0", "1"};
  if (key == "for") return {"running", "up", "stopped"};
  if (key == "focus") return {"1.0", "1.1", "1.2"};
  if (key == "by") return {"all", "container", "tenant", "day", "hour"};
  return {};
}

RouteMatch match_route(std::string_view method, const std::vector<std::string>& parts) {
  RouteMatch match;
  for (const Route& route : kRoutes) {
    if (!matches(route.pattern, parts, match.path)) continue;
    if (route.method == method) {
      match.route = &route;
      match.allow.clear();
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method;
  }
  match.path.clear();
  return match;
}

}  // namespace croft::ctl
