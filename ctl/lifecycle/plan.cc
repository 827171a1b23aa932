#include "ctl/lifecycle/plan.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "cgroups/inside.h"
#include "ctl/lifecycle/identity.h"
#include "ctl/lifecycle/nic.h"
#include "ctl/spec/names.h"
#include "fs/credentials.h"
#include "fs/devices.h"
#include "fs/inside.h"
#include "fs/shift.h"
#include "fs/sysctl.h"
#include "runtime/capabilities.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::LaunchList;

constexpr std::uint64_t kNamespaces =
    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
constexpr std::uint64_t kSoftFiles = 1024;  // what programs expect (select(2)); they raise it themselves

// A device as it was asked for, and one of the nodes that this means.
struct GivenDevice {
  Device device;
  fs::DeviceNode node;
};

using Nics = std::vector<std::unique_ptr<Nic>>;

fs::InsideIntent inside_of(const StartInput& input, const InitWay& way,
                           const std::optional<runtime::Slot>& dev) {
  fs::InsideIntent intent;
  if (const auto limit = input.spec.resources[cgroups::Resource::kMemory].limit)
    intent.shm_bytes = *limit / 2;
  if (!way.whole_system) intent.run_bytes = 0;
  intent.dev = dev;
  intent.nested = has_feature(input.spec, Feature::kNesting);
  return intent;
}

std::function<void(int)> count_for(Traffic* traffic, const std::string& uuid) {
  return [traffic, uuid](int link) { traffic->begin(link, uuid); };
}

// The slot of the new /proc.
runtime::Slot append_files(const Host& host, const StartInput& input, const InitWay& way,
                           const std::optional<runtime::Slot>& dev, LaunchList& list) {
  list.stage("files");
  list.root(list.receive("root"), host.mount_point());
  const runtime::Slot proc = fs::plan_inside(inside_of(input, way, dev), list);
  if (input.note) plan_view(host, list);
  fs::plan_credentials(input.spec.credential, list);
  cgroups::plan_inside(host.layout, list);
  if (input.write_identity) append_identity(host, {input.record, input.spec, way.kind, input.managers}, list);
  return proc;
}

void append_streams(const StartInput& input, const std::vector<runtime::Slot>& passed, LaunchList& list) {
  if (input.streams == Streams::kPassed) return list.stdio(passed[0], passed[1], passed[2]);
  if (!input.spec.pty && input.streams == Streams::kConsole) return;  // the null device
  const bool console = input.streams == Streams::kConsole;
  list.open_pty(console ? LaunchList::PtyOwner::kKeeper : LaunchList::PtyOwner::kLauncher, input.rows,
                input.columns);
  list.make_file("/dev/console", "", 0600);
  list.bind_terminal("/dev/console");
}

void append_limits(const Host& host, const Spec& spec, LaunchList& list) {
  if (!spec.rlimit.contains("nofile"))
    list.rlimit(RLIMIT_NOFILE, std::min(kSoftFiles, host.nofile_hard), host.nofile_hard);
  for (const auto& [name, limit] : spec.rlimit)
    list.rlimit(rlimit_number(name).value(), limit.soft.value_or(RLIM_INFINITY),
                limit.hard.value_or(RLIM_INFINITY));
}

void append_privileges(const Host& host, const StartInput& input, const InitWay& way, LaunchList& list) {
  list.stage("privileges");
  append_limits(host, input.spec, list);
  list.new_session(!way.whole_system && input.streams != Streams::kPassed && input.spec.pty);
  if (input.spec.security.no_new_privileges) list.no_new_privileges();
  list.seccomp(host.filter_of(input.spec));
  list.capabilities(runtime::bounding_set(input.spec.security.capabilities_drop));
  if (input.user) list.identity(input.user->uid, input.user->gid, input.user->groups);
  list.work_directory(input.spec.workdir.value_or("/"));
}

// The first process of a whole system starts with a nearly empty environment, as after a kernel's boot.
void append_exec(const StartInput& input, const InitWay& way, LaunchList& list) {
  std::vector<std::pair<std::string, std::string>> more{{"container_uuid", input.record.uuid}};
  if (input.user) more.emplace_back("HOME", input.user->home);
  if (!input.spec.credential.empty()) more.emplace_back("CREDENTIALS_DIRECTORY", fs::kCredentials);
  if (input.streams != Streams::kPassed && input.spec.pty)
    more.emplace_back("TERM", way.whole_system ? "vt220" : "xterm");
  const std::vector<std::string> command = init_command(input.spec, input.manifest, way.kind);
  list.stage("exec");
  list.exec(command.front(), command, environment(input.spec, more));
}

fs::Sysctls sysctls_of(const Spec& spec) {
  return {spec.sysctl.begin(), spec.sysctl.end()};
}

// The order of the steps inside.
void build_list(const Host& host, const StartInput& input, const InitWay& way, const cgroups::Entry& entry,
                const Nics& nics, const runtime::FdSlot& devices, LaunchList& list) {
  std::optional<runtime::Slot> dev;
  if (devices) dev = list.pass(devices, "/dev");
  std::vector<runtime::Slot> passed;
  if (input.streams == Streams::kPassed)
    for (const runtime::FdSlot& fd : input.passed) passed.push_back(list.pass(fd, "standard stream"));
  list.stage("cgroups");
  list.oom_score(input.spec.oom_score.value_or(0));
  if (input.spec.time_namespace) list.own_clocks();
  cgroups::append_join_init(entry, list);
  list.wait_go();
  list.identity(0, 0, {});
  const runtime::Slot proc = append_files(host, input, way, dev, list);
  append_streams(input, passed, list);
  list.stage("root");
  list.enter_root();
  list.hostname(hostname_of(input.record, input.spec));
  list.stage("network");
  list.wait_go();
  for (const auto& nic : nics) {
    fs::plan_sysctls(nic->sysctls(), proc, list);
    nic->plan_inside(list);
  }
  fs::plan_sysctls(sysctls_of(input.spec), proc, list);
  append_privileges(host, input, way, list);
  append_exec(input, way, list);
  list.make_mounts_early();
}

runtime::LaunchRequest request_of(const Host& host, const StartInput& input, const cgroups::Entry& entry) {
  runtime::LaunchRequest request;
  request.name = process_name(input.record, input.record.generation + 1);
  request.clone_flags = kNamespaces | entry.clone_flags;
  request.uids = {{0, input.record.id_base, kIdRangeSize}};
  request.gids = request.uids;
  request.cgroup = entry.into;
  if (input.streams == Streams::kConsole && input.spec.pty)
    request.log_path = console_log(host, input.record.uuid);
  request.log_limit = kLogLimit;
  return request;
}

cgroups::GroupIntent group_of(const Host& host, const StartInput& input, const Subject& subject,
                              bool delegate, cgroups::DeviceRules rules) {
  return {.path = {.root = host.options.cgroup_root,
                   .tenant = input.control->tenant_path(input.record.tenant),
                   .uuid = input.record.uuid},
          .knobs = input.control->preview(subject),
          .delegate = delegate,
          .owner_uid = input.record.id_base,
          .owner_gid = input.record.id_base,
          .devices = std::move(rules)};
}

// What the device cgroup lets it open.
cgroups::DeviceRules rules_of(const std::vector<GivenDevice>& given) {
  cgroups::DeviceRules rules = cgroups::standard_device_rules();
  for (const GivenDevice& one : given) {
    using Type = cgroups::DeviceRule::Type;
    rules.push_back({.type = S_ISBLK(one.node.mode) ? Type::kBlock : Type::kChar,
                     .major = major(one.node.number),
                     .minor = minor(one.node.number),
                     .read = one.device.read,
                     .write = one.device.write,
                     .make = one.device.make});
  }
  return rules;
}

// Those of features that are not given by themselves, too.
std::vector<Device> devices_of(const Spec& spec) {
  std::vector<Device> all = spec.device;
  const auto add = [&](Feature feature, const std::string& path) {
    const auto is_it = [&](const Device& one) { return one.path == path; };
    if (has_feature(spec, feature) && std::none_of(all.begin(), all.end(), is_it))
      all.push_back({.path = path});
  };
  add(Feature::kFuse, "fuse");
  add(Feature::kTun, "net/tun");
  return all;
}

std::vector<GivenDevice> given_devices(const Spec& spec) {
  std::vector<GivenDevice> all;
  for (const Device& device : devices_of(spec))
    for (fs::DeviceNode& node : fs::find_devices(device.path)) all.push_back({device, std::move(node)});
  if (all.size() > fs::kMaxDeviceNodes)
    throw runtime::Error(runtime::ErrorKind::kExhausted,
                         "these are more than " + std::to_string(fs::kMaxDeviceNodes) + " devices");
  return all;
}

std::vector<fs::DeviceNode> nodes_of(const std::vector<GivenDevice>& given) {
  std::vector<fs::DeviceNode> nodes;
  for (const GivenDevice& one : given) nodes.push_back(one.node);
  return nodes;
}

void plan_root(const Host& host, const StartInput& input, const std::shared_ptr<LaunchState>& state,
               runtime::Changes& changes) {
  const fs::ContainerPaths& paths = input.paths;
  std::vector<std::string> layers = input.layers;
  if (host.root_facts->mode == fs::RootMode::kShifted)
    for (std::size_t i = 0; i < layers.size(); ++i) layers[i] = fs::shifted_layer(paths.directory, i);
  runtime::add(changes, fs::MountRoot{.facts = host.root_facts,
                                      .layers = layers,
                                      .upper = paths.upper,
                                      .work = paths.work,
                                      .staging = host.staging(),
                                      .userns = state->userns,
                                      .out = state->root});
  runtime::add(changes, GiveRoot{state, input.record.object()});
}

void plan_network(const StartInput& input, const Nics& nics, const runtime::FdSlot& netns,
                  runtime::Changes& changes) {
  const std::string& uuid = input.record.uuid;
  for (const auto& nic : nics) nic->plan_host(netns, count_for(input.traffic, uuid), changes);
  if (has_link(input.spec))
    runtime::add(changes, PutRates{.shaping = input.shaping,
                                   .uuid = uuid,
                                   .links = link_ids(input.record, input.spec),
                                   .before = {},
                                   .after = net_words(input.spec)});
}

}  // namespace

Subject subject_of(const ContainerRecord& record, const Spec& spec, std::uint64_t generation) {
  return {.uuid = record.uuid,
          .object = record.object(),
          .tenant = record.tenant,
          .generation = generation,
          .resources = spec.resources};
}

std::vector<std::string> environment(const Spec& spec,
                                     const std::vector<std::pair<std::string, std::string>>& more) {
  std::map<std::string, std::string> values{
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, {"HOME", "/root"}};
  if (spec.locale) values["LANG"] = *spec.locale;
  for (const auto& [name, value] : more) values[name] = value;
  for (const auto& [name, value] : spec.env) values[name] = value;
  values["container"] = "croft";
  std::vector<std::string> list;
  for (const auto& [name, value] : values) list.push_back(name + "=" + value);
  return list;
}

StartPlan plan_start(const Host& host, const StartInput& input) {
  StartPlan plan;
  plan.state = std::make_shared<LaunchState>();
  plan.init = resolve_init(input.spec, input.manifest);
  const InitWay& way = way_of(plan.init);
  const std::string object = input.record.object();
  const Subject subject = subject_of(input.record, input.spec, input.record.generation + 1);
  const std::vector<GivenDevice> given = given_devices(input.spec);
  const cgroups::GroupIntent group = group_of(host, input, subject, way.delegate, rules_of(given));
  runtime::add(plan.changes, AdmitRun{input.control, subject, group.knobs});
  cgroups::plan_create(host.layout, group, plan.changes);
  runtime::add(plan.changes, ProtectRun{input.control, subject});
  const cgroups::Entry entry = cgroups::plan_join(host.layout, group, plan.changes);
  const Nics nics = nics_of(host, input.record, input.spec);
  const runtime::FdSlot dev = given.empty() ? nullptr : runtime::make_slot();
  if (dev) runtime::add(plan.changes, fs::MakeDev{nodes_of(given), input.record.id_base, dev});
  build_list(host, input, way, entry, nics, dev, plan.state->list);
  plan.state->request = request_of(host, input, entry);
  if (input.shift)
    runtime::add(plan.changes, fs::ShiftLayers{.layers = input.layers,
                                               .directory = input.paths.directory,
                                               .base = input.record.id_base,
                                               .size = kIdRangeSize});
  runtime::add(plan.changes, CloneInit{plan.state, object});
  runtime::add(plan.changes, OpenNamespaces{plan.state, object});
  plan_root(host, input, plan.state, plan.changes);
  plan_network(input, nics, plan.state->netns, plan.changes);
  fs::plan_host_sysctls(sysctls_of(input.spec), plan.state->pidfd, plan.changes);
  if (input.note) runtime::add(plan.changes, *input.note);
  runtime::add(plan.changes, Release{plan.state, object});
  runtime::add(plan.changes, WatchRun{input.control, subject});  // while the process prepares itself
  runtime::add(plan.changes, AwaitExec{plan.state, object});
  return plan;
}

std::vector<runtime::Description> describe(const StartPlan& plan) {
  std::vector<runtime::Description> all = runtime::describe(plan.changes);
  for (runtime::Description& step : plan.state->list.describe()) {
    if (step.verb != "stage") step.verb = "inside: " + step.verb;
    all.push_back(std::move(step));
  }
  return all;
}

}  // namespace croft::ctl
