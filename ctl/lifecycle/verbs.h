// The verbs of the API: one function each, one table.
#pragma once

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

using Verb = Answer (*)(Context& context, const Call& call);
using StreamVerb = void (*)(Context& context, const Call& call, Stream stream);

// Throw Error kUnsupported for a verb that is not in the table.
Verb verb_of(const std::string& name);
StreamVerb stream_verb_of(const std::string& name);

// create.cc
Answer create_container(Context& context, const Call& call);
Answer destroy_container(Context& context, const Call& call);
// run.cc
Answer start_verb(Context& context, const Call& call);
Answer stop_verb(Context& context, const Call& call);
Answer restart_verb(Context& context, const Call& call);
Answer kill_verb(Context& context, const Call& call);
Answer freeze_verb(Context& context, const Call& call);
Answer thaw_verb(Context& context, const Call& call);
// suspend.cc
Answer suspend_container(Context& context, const Call& call);
Answer unsuspend_container(Context& context, const Call& call);
Answer undelete_container(Context& context, const Call& call);
Answer list_trash(Context& context, const Call& call);
// reinstall.cc
Answer reinstall_container(Context& context, const Call& call);
// stage.cc
Answer show_stage(Context& context, const Call& call);
Answer change_stage(Context& context, const Call& call);
Answer apply_stage(Context& context, const Call& call);
Answer revert_stage(Context& context, const Call& call);
inline constexpr const char* kKeptStage = "stage";  // of containers, in the registry
// history.cc
Answer show_history(Context& context, const Call& call);
// change.cc
Answer set_container(Context& context, const Call& call);
struct PlanUse;
// As container.set, with a plan applied below what the body asks for.
Answer change_container(Context& context, const Call& call, const std::optional<PlanUse>& use);
Answer rename_container(Context& context, const Call& call);
// show.cc
Answer list_containers(Context& context, const Call& call);
Answer show_container(Context& context, const Call& call);
Answer container_logs(Context& context, const Call& call);
// resource_verbs.cc
Answer container_resources(Context& context, const Call& call);
Answer list_resources(Context& context, const Call& call);
std::string_view unit_text(cgroups::Unit unit);  // "bytes", "milli-cpu", ...
// wait.cc
Answer wait_container(Context& context, const Call& call);
Answer wait_exec(Context& context, const Call& call);
// session.cc, console.cc
void exec_session(Context& context, const Call& call, Stream stream);
void run_session(Context& context, const Call& call, Stream stream);
void console_session(Context& context, const Call& call, Stream stream);
// template_verbs.cc
Answer list_templates(Context& context, const Call& call);
Answer show_template(Context& context, const Call& call);
Answer remove_template(Context& context, const Call& call);
Answer build_template_verb(Context& context, const Call& call);
void import_session(Context& context, const Call& call, Stream stream);
// copy.cc
void copy_session(Context& context, const Call& call, Stream stream);
// backup.cc, restore.cc
void backup_session(Context& context, const Call& call, Stream stream);
void restore_session(Context& context, const Call& call, Stream stream);
void verify_session(Context& context, const Call& call, Stream stream);
// clone.cc
Answer clone_container(Context& context, const Call& call);
// commit.cc
Answer commit_container(Context& context, const Call& call);
// store_verbs.cc
Answer store_usage(Context& context, const Call& call);
Answer collect_store(Context& context, const Call& call);
// store_verify.cc
Answer verify_store(Context& context, const Call& call);
// tenant_verbs.cc
Answer list_tenants(Context& context, const Call& call);
Answer create_tenant(Context& context, const Call& call);
Answer show_tenant(Context& context, const Call& call);
Answer set_tenant(Context& context, const Call& call);
Answer remove_tenant(Context& context, const Call& call);
// webhook_verbs.cc
Answer list_webhooks(Context& context, const Call& call);
Answer show_webhook(Context& context, const Call& call);
Answer add_webhook(Context& context, const Call& call);
Answer set_webhook(Context& context, const Call& call);
Answer remove_webhook(Context& context, const Call& call);
Answer test_webhook(Context& context, const Call& call);
Answer retry_webhook(Context& context, const Call& call);
// disk_pool_verbs.cc, disk_pool_check.cc
Answer list_disk_pools(Context& context, const Call& call);
Answer show_disk_pool(Context& context, const Call& call);
Answer create_disk_pool(Context& context, const Call& call);
Answer grow_disk_pool_verb(Context& context, const Call& call);
Answer check_disk_pool(Context& context, const Call& call);
Answer remove_disk_pool(Context& context, const Call& call);
// snapshot_mount.cc
void mount_session(Context& context, const Call& call, Stream stream);
// snapshot_verbs.cc
Answer create_snapshot(Context& context, const Call& call);
Answer list_snapshots(Context& context, const Call& call);
Answer restore_snapshot(Context& context, const Call& call);
Answer remove_snapshot(Context& context, const Call& call);
// net_pools.cc
Answer list_pools(Context& context, const Call& call);
Answer add_pool(Context& context, const Call& call);
Answer show_pool(Context& context, const Call& call);
Answer set_pool(Context& context, const Call& call);
Answer remove_pool(Context& context, const Call& call);
// net_uplink.cc
Answer show_uplink(Context& context, const Call& call);
Answer set_uplink(Context& context, const Call& call);
Answer remove_uplink(Context& context, const Call& call);
// net_verbs.cc
Answer list_networks(Context& context, const Call& call);
Answer show_network(Context& context, const Call& call);
// net_trace.cc
Answer trace_network(Context& context, const Call& call);
// traffic_verbs.cc
Answer list_classes(Context& context, const Call& call);
Answer show_class(Context& context, const Call& call);
Answer add_class(Context& context, const Call& call);
Answer remove_class(Context& context, const Call& call);
Answer list_usage(Context& context, const Call& call);
// ledger_verbs.cc
Answer ledger_usage(Context& context, const Call& call);
Answer ledger_records(Context& context, const Call& call);
Answer verify_ledger(Context& context, const Call& call);

// rating_verbs.cc
Answer list_tariffs(Context& context, const Call& call);
Answer show_tariff(Context& context, const Call& call);
Answer show_invoice(Context& context, const Call& call);
Answer export_invoice(Context& context, const Call& call);
Answer show_quote(Context& context, const Call& call);
Answer show_metrics(Context& context, const Call& call);
// plan_verbs.cc
Answer list_plans(Context& context, const Call& call);
Answer show_plan(Context& context, const Call& call);
Answer apply_plan(Context& context, const Call& call);
Answer check_plan(Context& context, const Call& call);
Answer split_host(Context& context, const Call& call);
Answer scale_plan(Context& context, const Call& call);
// host_verbs.cc
Answer show_version(Context& context, const Call& call);
Answer show_host(Context& context, const Call& call);
Answer set_host(Context& context, const Call& call);
Answer check_host(Context& context, const Call& call);
// capacity.cc
Answer show_capacity(Context& context, const Call& call);
Answer tune_host(Context& context, const Call& call);
Answer shut_down_host(Context& context, const Call& call);
Answer upgrade_keeper(Context& context, const Call& call);

// What the packet filter is told of a container: of each interface that has a link.
std::vector<netns::Guard> guards_of(const Context& context, const ContainerRecord& record);
// Those whose packets leave with an address of the host.
std::vector<netns::Prefix> masqueraded_prefixes(const Context& context);
// Refuses new forwards of ports that programs of the host listen on, as Error kInvalid with every one.
void check_listeners(const Spec& before, const Spec& after);
// Refuses, likewise, what only the kernel knows: new addresses that are the host's own, and new parents of
// interfaces that the host does not have.
void check_of_host(const Context& context, const Spec& before, const Spec& after);
// What the packet filter is told of everything.
netns::Filter whole_filter(const Context& context);
// Tells the registry of the prefixes that the daemon's options name.
void embed_pool(Context& context);
// What `host check` says of pools: of those that there are, and of the kinds that could be made.
void add_pool_rows(const Context& context, Json& rows);
// Tells resource control of a tenant.
void put_tenant(Context& context, const TenantRecord& tenant);

// A container as the API shows it; `with_usage` reads its cgroups.
Json container_json(Context& context, const ContainerRecord& record, bool with_usage);
// Those that ?tenant= and ?all_tenants= mean. Throws Error kNotFound for a tenant that is not there.
ContainerFilter filter_of(const Context& context, const Call& call);
Answer container_answer(Context& context, const std::string& uuid);

}  // namespace croft::ctl
