#include "ctl/lifecycle/identity.h"

#include <sched.h>
#include <unistd.h>

#include "ctl/lifecycle/inside.h"
#include "ctl/lifecycle/nic.h"
#include "fs/identity.h"
#include "fs/seed.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "runtime/namespaces.h"
#include "templates/stack.h"

namespace croft::ctl {
namespace {

std::string lan_text(const Spec::Net& net) {
  std::string text = "on a network of others\n";
  for (const std::string& address : net.address) text += address + "\n";
  for (const std::string& gateway : net.gateway) text += "by " + gateway + "\n";
  return text;
}

// What is told to programs at their first boot; and where more than one line stands, its length before it.
std::string first_boot_text(const Spec& spec) {
  std::string text;
  const auto add = [&text](const char* what, const std::optional<std::string>& value) {
    if (value) text += std::string(what) + " " + std::to_string(value->size()) + "\n" + *value + "\n";
  };
  add("time zone", spec.timezone);
  add("locale", spec.locale);
  add("user data", spec.cloud_init.user_data);
  add("vendor data", spec.cloud_init.vendor_data);
  add("network config", spec.cloud_init.network_config);
  return text;
}

std::string identity_text(const Context& context, const ContainerRecord& record, const Spec& spec) {
  std::string text = hostname_of(record, spec) + "\n";
  for (const std::string& address : record.addresses) text += address + "\n";
  if (spec.net.mode == NetMode::kNone) text += "no network\n";
  if (spec.dns == Dns::kKeep) text += "its own name servers\n";
  if (traits_of(spec.net.mode).lan) text += lan_text(spec.net);
  const std::vector<Interface> all = interfaces_of(context.host, record, spec);
  for (auto one = all.begin() + 1; one != all.end(); ++one) {
    text += "interface " + one->name + "\n";
    for (const std::string& address : one->leased) text += address + "\n";
    if (traits_of(one->net->mode).lan) text += lan_text(*one->net);
  }
  return text + first_boot_text(spec);
}

std::string identity_file(const Context& context, const ContainerRecord& record) {
  return context.host.containers() + "/" + record.uuid + "/identity";
}

std::vector<std::string> nameservers_of(const Host& host, const Spec& spec) {
  return has_network(spec) && spec.dns == Dns::kHost ? host.nameservers : std::vector<std::string>{};
}

fs::IdentityIntent files_of(const Host& host, const Identity& identity) {
  fs::IdentityIntent intent;
  intent.uuid = identity.record.uuid;
  intent.hostname = hostname_of(identity.record, identity.spec);
  for (const Interface& one : interfaces_of(host, identity.record, identity.spec))
    for (const netns::Address& address : addresses_of(host, one))
      intent.addresses.push_back(to_text(address));
  intent.nameservers = nameservers_of(host, identity.spec);
  intent.machine_id = identity.init == InitKind::kSystemd;
  intent.timezone = identity.spec.timezone.value_or("");
  intent.locale = identity.spec.locale.value_or("");
  return intent;
}

std::vector<fs::NetworkIntent> networks_of(const Host& host, const Identity& identity) {
  std::vector<fs::NetworkIntent> all;
  for (const auto& nic : nics_of(host, identity.record, identity.spec)) all.push_back(nic->files());
  all.front().nameservers = nameservers_of(host, identity.spec);
  return all;
}

std::vector<std::string> directories_of(const Context& context, const ContainerRecord& record,
                                        const templates::Manifest& manifest) {
  std::vector<std::string> all{paths_of(context, record).upper};
  for (std::string& layer : templates::lower_directories(context.store, manifest))
    all.push_back(std::move(layer));
  return all;
}

void append_seed(const Identity& identity, runtime::LaunchList& list) {
  const Spec::CloudInit& cloud = identity.spec.cloud_init;
  if (cloud == Spec::CloudInit{}) return;
  fs::plan_seed({.instance = identity.record.uuid,
                 .hostname = hostname_of(identity.record, identity.spec),
                 .user_data = cloud.user_data.value_or(""),
                 .vendor_data = cloud.vendor_data.value_or(""),
                 .network_config = cloud.network_config.value_or("")},
                list);
}

// Root inside may have given itself another one: what is asked for from outside comes last.
void give_hostname(Context& context, const ContainerRecord& record) {
  const std::string name = hostname_of(record, record.spec.parsed());
  runtime::in_namespace(uts_of(context, record), CLONE_NEWUTS, [&name] {
    if (sethostname(name.data(), name.size()) != 0) runtime::fail_errno("cannot set its host name");
  });
}

}  // namespace

std::string hostname_of(const ContainerRecord& record, const Spec& spec) {
  return spec.hostname.value_or(record.name);
}

bool is_named_differently(const Context& context, const ContainerRecord& record) {
  const std::string path = identity_file(context, record);
  if (!runtime::exists(path)) return false;
  const std::string text = runtime::read_file(path);
  return text.substr(0, text.find('\n')) != hostname_of(record, record.spec.parsed());
}

void append_identity(const Host& host, const Identity& identity, runtime::LaunchList& list) {
  append_seed(identity, list);
  fs::plan_identity_files(files_of(host, identity), list);
  fs::plan_network_files(networks_of(host, identity), identity.managers, list);
}

bool identity_changed(const Context& context, const ContainerRecord& record, const Spec& spec) {
  const std::string path = identity_file(context, record);
  return !runtime::exists(path) || runtime::read_file(path) != identity_text(context, record, spec);
}

void keep_identity(const Context& context, const ContainerRecord& record) {
  const Spec& spec = record.spec.parsed();
  if (identity_changed(context, record, spec))
    runtime::replace_file(identity_file(context, record), identity_text(context, record, spec), 0600, false);
}

void refresh_identity(Context& context, const ContainerRecord& record) noexcept {
  try {
    const Spec& spec = record.spec.parsed();
    if (!identity_changed(context, record, spec)) return;
    if (is_named_differently(context, record)) give_hostname(context, record);
    const templates::Manifest manifest = manifest_of(context, record);
    Identity identity{record, spec, resolve_init(spec, manifest), {}};
    if (way_of(identity.init).whole_system)
      identity.managers = fs::find_network_managers(directories_of(context, record, manifest));
    write_inside(context, record,
                 [&](runtime::LaunchList& list) { append_identity(context.host, identity, list); });
    keep_identity(context, record);
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace croft::ctl
