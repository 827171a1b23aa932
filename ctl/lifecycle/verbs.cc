#include "ctl/lifecycle/verbs.h"

#include <map>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

const std::map<std::string, Verb, std::less<>> kVerbs{
    {"version", show_version},
    {"host.show", show_host},
    {"host.set", set_host},
    {"host.check", check_host},
    {"host.capacity", show_capacity},
    {"host.tune", tune_host},
    {"host.shutdown", shut_down_host},
    {"keeper.upgrade", upgrade_keeper},
    {"disk-pool.list", list_disk_pools},
    {"disk-pool.show", show_disk_pool},
    {"disk-pool.create", create_disk_pool},
    {"disk-pool.grow", grow_disk_pool_verb},
    {"disk-pool.check", check_disk_pool},
    {"disk-pool.remove", remove_disk_pool},
    {"snapshot.create", create_snapshot},
    {"snapshot.list", list_snapshots},
    {"snapshot.restore", restore_snapshot},
    {"snapshot.remove", remove_snapshot},
    {"container.create", create_container},
    {"container.destroy", destroy_container},
    {"container.list", list_containers},
    {"container.show", show_container},
    {"container.logs", container_logs},
    {"container.resources", container_resources},
    {"resources.list", list_resources},
    {"container.wait", wait_container},
    {"container.set", set_container},
    {"container.rename", rename_container},
    {"container.clone", clone_container},
    {"container.commit", commit_container},
    {"container.start", start_verb},
    {"container.stop", stop_verb},
    {"container.restart", restart_verb},
    {"container.kill", kill_verb},
    {"container.freeze", freeze_verb},
    {"container.thaw", thaw_verb},
    {"container.suspend", suspend_container},
    {"container.unsuspend", unsuspend_container},
    {"container.undelete", undelete_container},
    {"trash.list", list_trash},
    {"container.reinstall", reinstall_container},
    {"stage.show", show_stage},
    {"stage.change", change_stage},
    {"stage.apply", apply_stage},
    {"stage.revert", revert_stage},
    {"history.show", show_history},
    {"exec.show", wait_exec},
    {"template.list", list_templates},
    {"template.show", show_template},
    {"template.remove", remove_template},
    {"template.build", build_template_verb},
    {"store.usage", store_usage},
    {"store.collect", collect_store},
    {"store.verify", verify_store},
    {"plan.list", list_plans},
    {"plan.show", show_plan},
    {"plan.apply", apply_plan},
    {"plan.check", check_plan},
    {"plan.split", split_host},
    {"plan.scale", scale_plan},
    {"pool.list", list_pools},
    {"pool.add", add_pool},
    {"pool.set", set_pool},
    {"pool.show", show_pool},
    {"pool.remove", remove_pool},
    {"uplink.show", show_uplink},
    {"uplink.set", set_uplink},
    {"uplink.remove", remove_uplink},
    {"class.list", list_classes},
    {"class.add", add_class},
    {"class.show", show_class},
    {"class.remove", remove_class},
    {"usage.list", list_usage},
    {"ledger.usage", ledger_usage},
    {"ledger.records", ledger_records},
    {"ledger.verify", verify_ledger},
    {"metrics.show", show_metrics},
    {"tariff.list", list_tariffs},
    {"tariff.show", show_tariff},
    {"invoice.show", show_invoice},
    {"invoice.export", export_invoice},
    {"quote.show", show_quote},
    {"net.list", list_networks},
    {"net.show", show_network},
    {"net.trace", trace_network},
    {"tenant.list", list_tenants},
    {"tenant.create", create_tenant},
    {"tenant.show", show_tenant},
    {"tenant.set", set_tenant},
    {"tenant.remove", remove_tenant},
    {"webhook.list", list_webhooks},
    {"webhook.show", show_webhook},
    {"webhook.add", add_webhook},
    {"webhook.set", set_webhook},
    {"webhook.remove", remove_webhook},
    {"webhook.test", test_webhook},
    {"webhook.retry", retry_webhook},
};

const std::map<std::string, StreamVerb, std::less<>> kStreamVerbs{
    {"container.exec", exec_session},       {"container.run", run_session},
    {"container.console", console_session}, {"template.import", import_session},
    {"container.backup", backup_session},   {"backup.restore", restore_session},
    {"container.copy", copy_session},       {"snapshot.mount", mount_session},
    {"backup.verify", verify_session},
};

template <class Table>
auto find_in(const Table& table, const std::string& name) {
  const auto found = table.find(name);
  if (found == table.end())
    throw runtime::Error(runtime::ErrorKind::kUnsupported,
                         "this daemon does not know the verb `" + name + "`");
  return found->second;
}

}  // namespace

Verb verb_of(const std::string& name) {
  return find_in(kVerbs, name);
}

StreamVerb stream_verb_of(const std::string& name) {
  return find_in(kStreamVerbs, name);
}

}  // namespace croft::ctl
