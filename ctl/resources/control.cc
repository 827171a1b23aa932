#include "ctl/resources/control.h"

#include <set>
#include <utility>

#include "cgroups/barrier.h"
#include "ctl/resources/control_impl.h"
#include "runtime/error.h"
#include "runtime/exit_record.h"

namespace croft::ctl {

using cgroups::Resources;
using runtime::Error;
using runtime::ErrorKind;

runtime::Tag tag_of(const std::string& uuid) {
  runtime::Tag tag{};
  if (!runtime::parse_tag(uuid, &tag)) throw Error(ErrorKind::kSystem, "`" + uuid + "` is no uuid");
  return tag;
}

cgroups::Wanted wanted_of(const Resources& resources, const std::vector<cgroups::BlockDevice>& devices) {
  const auto judged = [&](cgroups::Resource resource) {
    for (const cgroups::Threshold& threshold : resources.thresholds)
      if (threshold.resource == resource) return true;
    const cgroups::Words& words = resources[resource];
    return words.barrier.has_value() || words.limit.has_value();
  };
  return {.swap = judged(cgroups::Resource::kSwap) || judged(cgroups::Resource::kMemswap),
          .io = judged(cgroups::Resource::kIo) || judged(cgroups::Resource::kIops),
          .events = true,
          .stall = resources[cgroups::Resource::kMemory].can_burst(),
          .sockets = true,
          .devices = devices};
}

cgroups::Wanted metered(const std::vector<cgroups::BlockDevice>& devices) {
  return {.modes = true, .swap = true, .io = true, .events = true, .peaks = true, .devices = devices};
}

ResourceControl::Impl::Impl(ControlOptions given)
    : options(std::move(given)), pools(options.capacities), accounts(options.accounts), meter({}) {}

cgroups::GroupPath ResourceControl::Impl::path_of(const Subject& subject) const {
  return {.root = options.root, .tenant = pools.path_of(subject.tenant), .uuid = subject.uuid};
}

cgroups::Member ResourceControl::Impl::member_of(const Subject& subject) const {
  return {
      .name = subject.object, .parent = subject.tenant, .container = true, .resources = subject.resources};
}

ResourceControl::ResourceControl(ControlOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

ResourceControl::~ResourceControl() {
  stop();
}

void ResourceControl::start() {
  impl_->thread = std::thread([this] { impl_->loop(); });
}

void ResourceControl::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->woken.notify_all();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
}

// --- tenants

void ResourceControl::put_tenant(const std::string& name, const std::string& parent,
                                 const Resources& resources) {
  const std::lock_guard lock(impl_->mutex);
  impl_->pools.put(name, {.name = name, .parent = parent, .container = false, .resources = resources});
  impl_->update_tree(name);
}

void ResourceControl::check_tenant(const std::string& name, const std::string& parent,
                                   const Resources& resources) const {
  const std::lock_guard lock(impl_->mutex);
  impl_->pools.check(name, {.name = name, .parent = parent, .container = false, .resources = resources});
}

void ResourceControl::remove_tenant(const std::string& name) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->pools.members().find(name);
  if (found == impl_->pools.members().end()) return;
  const std::string parent = found->second.parent;
  impl_->tenant_groups.erase(impl_->options.root + "/" + impl_->pools.path_of(name));
  impl_->pools.remove(name);
  impl_->update_tree(parent);
}

Resources ResourceControl::tenant_limits(const std::string& name) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->pools.limits_of(name);
}

std::string ResourceControl::tenant_path(const std::string& name) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->pools.path_of(name);
}

void ResourceControl::set_capacities(const cgroups::Capacities& capacities) {
  const std::lock_guard lock(impl_->mutex);
  impl_->options.capacities = capacities;
  impl_->pools.set_capacities(capacities);
  impl_->update_tree("");
}

cgroups::Capacities ResourceControl::capacities() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->options.capacities;
}

// What runs has no files on a disk that is new, but may come to have some there.
void ResourceControl::set_devices(std::vector<cgroups::BlockDevice> devices) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->options.devices == devices) return;
  impl_->options.devices = std::move(devices);
  impl_->rewrite();
}

// --- containers

cgroups::Knobs ResourceControl::preview(const Subject& subject) const {
  const std::lock_guard lock(impl_->mutex);
  const cgroups::Member member = impl_->member_of(subject);
  return cgroups::knobs_of(subject.resources, {}, impl_->pools.cpu_weight_of(member),
                           impl_->pools.io_weight_of(member), impl_->options.devices);
}

void ResourceControl::check(const Subject& subject) const {
  const std::lock_guard lock(impl_->mutex);
  impl_->pools.check(subject.uuid, impl_->member_of(subject));
}

void ResourceControl::admit(const Subject& subject, const cgroups::Knobs& written) {
  const std::lock_guard lock(impl_->mutex);
  impl_->pools.check(subject.uuid, impl_->member_of(subject));
  impl_->pools.put(subject.uuid, impl_->member_of(subject));
  auto one = std::make_shared<Ruled>();
  one->subject = subject;
  one->written = written;
  impl_->ruled.insert_or_assign(subject.uuid, std::move(one));
}

void ResourceControl::protect(const std::string& uuid) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->ruled.find(uuid);
  if (found == impl_->ruled.end()) return;
  found->second->made = true;
  impl_->update_tree(found->second->subject.tenant);
  impl_->update(found->second);  // others may have moved its weight since the preview
}

void ResourceControl::watch(const std::string& uuid) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->ruled.find(uuid);
  if (found == impl_->ruled.end()) return;
  impl_->accounts.give_back(tag_of(uuid));
  impl_->begin(found->second);
}

void ResourceControl::adopt(const std::vector<Subject>& subjects) {
  const std::lock_guard lock(impl_->mutex);
  for (const Subject& subject : subjects) impl_->pools.put(subject.uuid, impl_->member_of(subject));
  std::set<std::string> tenants;
  for (const Subject& subject : subjects) {
    auto one = std::make_shared<Ruled>();
    one->subject = subject;
    one->made = true;
    impl_->ruled.insert_or_assign(subject.uuid, one);
    const bool known = impl_->begin(one);
    one->written = known ? impl_->knobs_of(*one) : unknown_knobs();
    // The earlier daemon's common factors, which depend on what came and went, may have been others.
    one->written.cpu.weight = 0;
    one->written.io.weight = 0;
    impl_->try_update(one);
    tenants.insert(subject.tenant);
  }
  for (const std::string& tenant : tenants) impl_->try_update_tree(tenant);
}

cgroups::Meter ResourceControl::Impl::meter_of(const Ruled& one) const {
  const Subject& subject = one.subject;
  return {options.layout, path_of(subject), wanted_of(subject.resources, options.devices),
          metered(options.devices)};
}

bool ResourceControl::Impl::begin(const std::shared_ptr<Ruled>& one) {
  const runtime::Tag tag = tag_of(one->subject.uuid);
  const bool known = accounts.find(tag, one->subject.generation) != nullptr;
  one->slot = &accounts.take(tag, one->subject.generation);
  squeezed = squeezed || known;
  const cgroups::Micros now = boot_time();
  if (!known) one->slot->account = cgroups::open_account(one->subject.resources, now);
  look_at(one, {now.count + cgroups::kTick.count});  // a rate over less says nothing
  woken.notify_all();
  return known;
}

void ResourceControl::leave(const std::string& uuid) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->ruled.find(uuid);
  if (found == impl_->ruled.end()) return;
  const std::string tenant = found->second->subject.tenant;
  found->second->made = false;  // for those who hold it still
  impl_->ruled.erase(found);
  impl_->pools.remove(uuid);
  impl_->accounts.give_back(tag_of(uuid));
  impl_->try_update_tree(tenant);
}

void ResourceControl::thawed(const std::string& uuid) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->ruled.find(uuid);
  if (found == impl_->ruled.end() || found->second->slot == nullptr) return;
  found->second->slot->account.full = false;
}

// --- seeing it

std::optional<Holding> ResourceControl::holding(const std::string& uuid) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->ruled.find(uuid);
  if (found == impl_->ruled.end() || found->second->slot == nullptr) return {};
  impl_->refresh(found->second);
  const Ruled& one = *found->second;
  const cgroups::Account& account = one.slot->account;
  return Holding{.held = account.held,
                 .maxheld = account.maxheld,
                 .failcnt = account.failcnt,
                 .counted = cgroups::counted_in(one.seen),
                 .cpu = account.cpu,
                 .memory = account.memory,
                 .io = account.io,
                 .iops = account.iops,
                 .net_in = account.net_in,
                 .net_out = account.net_out,
                 .allowance = one.slot->allowance,
                 .resources = one.subject.resources};
}

std::optional<cgroups::Allowance> ResourceControl::allowance(const std::string& uuid) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->ruled.find(uuid);
  if (found == impl_->ruled.end() || found->second->slot == nullptr) return {};
  return found->second->slot->allowance;
}

std::array<cgroups::Commitment, cgroups::kResourceCount> ResourceControl::commitments() const {
  const std::lock_guard lock(impl_->mutex);
  auto all = cgroups::commitments(impl_->pools.members(), impl_->options.capacities);
  for (const auto& [uuid, one] : impl_->ruled) {
    if (one->slot == nullptr) continue;
    impl_->refresh(one);
    for (std::size_t i = 0; i < cgroups::kResourceCount; ++i) all[i].held += one->slot->account.held[i];
  }
  return all;
}

void ResourceControl::see_peaks(const std::string& uuid) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->ruled.find(uuid);
  if (found == impl_->ruled.end() || found->second->slot == nullptr) return;
  try {
    Ruled& one = *found->second;
    if (!one.meter) one.meter.emplace(impl_->meter_of(one));
    cgroups::raise_peaks(one.meter->read_whole(), one.slot->account);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;  // its group is going away
  }
}

std::optional<cgroups::Reading> ResourceControl::measure(const std::string& uuid) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->ruled.find(uuid);
  if (found == impl_->ruled.end() || found->second->slot == nullptr) return {};
  try {
    Ruled& one = *found->second;
    if (!one.meter) one.meter.emplace(impl_->meter_of(one));
    return one.meter->read_whole();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;
    return {};
  }
}

std::optional<cgroups::Reading> ResourceControl::glance(const std::string& uuid) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->ruled.find(uuid);
  if (found == impl_->ruled.end() || found->second->slot == nullptr) return {};
  try {
    Ruled& one = *found->second;
    if (!one.meter) one.meter.emplace(impl_->meter_of(one));
    return one.meter->read_if_run(one.seen).value_or(one.seen);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;
    return {};
  }
}

cgroups::HostReading ResourceControl::host() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->shortage.last;
}

}  // namespace croft::ctl
