// Changing what a running container may have: one list of changes, between a first that stops the governor
// from writing to it and a last that lets it go on from the new values.
#include <algorithm>

#include "cgroups/reclaim.h"
#include "ctl/resources/control_impl.h"
#include "runtime/error.h"

namespace croft::ctl {

using cgroups::Resources;

namespace {

// A bucket of another size keeps what is in it, as far as that fits; a new one begins full.
void resize(cgroups::Credit& credit, const cgroups::Words& before, const cgroups::Words& now) {
  if (!now.burst || before.burst == now.burst) return;
  if (!before.burst) {
    credit = cgroups::full(*now.burst);
    return;
  }
  credit.left = std::min(credit.left, now.burst->amount);
  credit.remainder = 0;
}

// Where it was put when it started is where it stays.
Resources in_its_place(const Resources& now, Resources next) {
  if (now.numa_auto && next.numa_auto) {
    next.cpus = now.cpus;
    next.nodes = now.nodes;
  }
  return next;
}

}  // namespace

void ResourceControl::Impl::rearm(Ruled& one, const Resources& before) const {
  if (one.slot == nullptr) return;
  const Resources& now = one.subject.resources;
  cgroups::Account& account = one.slot->account;
  using enum cgroups::Resource;
  resize(account.cpu, before[kCpu], now[kCpu]);
  resize(account.memory, before[kMemory], now[kMemory]);
  resize(account.io, before[kIo], now[kIo]);
  resize(account.iops, before[kIops], now[kIops]);
  resize(account.net_in, before[kNetIn], now[kNetIn]);
  resize(account.net_out, before[kNetOut], now[kNetOut]);
  if (before.thresholds != now.thresholds) account.reach = {};
  one.meter.reset();
  one.rests = false;
}

struct Change {
  ResourceControl* control = nullptr;
  std::string uuid;
  std::string object;
  Resources before;
  Resources next;
  cgroups::Knobs knobs_before;
  cgroups::Knobs knobs_next;
};

// Counts the new values, if the host can keep them.
struct Resettle {
  std::shared_ptr<Change> change;

  [[nodiscard]] runtime::Description describe() const { return {"admit", change->object, ""}; }

  void apply() const { put(change->next, true); }
  void undo() const noexcept {
    try {
      put(change->before, false);
    } catch (...) {  // out of memory: the next change counts it right
      return;
    }
  }

 private:
  void put(const Resources& resources, bool first) const {
    ResourceControl::Impl& control = *change->control->impl_;
    const std::lock_guard lock(control.mutex);
    const auto found = control.ruled.find(change->uuid);
    if (found == control.ruled.end())
      throw runtime::Error(runtime::ErrorKind::kConflict, "`" + change->object + "` has just ended");
    ResourceControl::Ruled& one = *found->second;
    Subject subject = one.subject;
    subject.resources = resources;
    if (first) control.pools.check(change->uuid, control.member_of(subject));
    control.pools.put(change->uuid, control.member_of(subject));
    one.subject = subject;
    one.held = first ? one.held + 1 : one.held - 1;
    if (!first) {  // the weights of all beside it may have moved there and back
      control.update_tree(subject.tenant);
      control.update(found->second);
    }
    control.woken.notify_all();
  }
};

// The group has been told.
struct Settled {
  std::shared_ptr<Change> change;

  [[nodiscard]] runtime::Description describe() const { return {"govern", change->object, ""}; }

  void apply() const { settle(change->knobs_next, -1); }
  void undo() const noexcept { settle(change->knobs_before, 1); }

 private:
  void settle(const cgroups::Knobs& written, int held) const noexcept {
    ResourceControl::Impl& control = *change->control->impl_;
    const std::lock_guard lock(control.mutex);
    const auto found = control.ruled.find(change->uuid);
    if (found == control.ruled.end()) return;
    ResourceControl::Ruled& one = *found->second;
    // Weights are not the change's to write: they follow together with those of all beside it.
    const std::uint32_t cpu = one.written.cpu.weight;
    const std::uint32_t io = one.written.io.weight;
    one.written = written;
    one.written.cpu.weight = cpu;
    one.written.io.weight = io;
    one.held = static_cast<unsigned>(static_cast<int>(one.held) + held);
    control.look_at(found->second, {});
    try {
      control.rearm(one, change->before);
      control.update(found->second);   // its own weight, when no other has moved
    } catch (const runtime::Error&) {  // its group is just going away
      return;
    }
    control.try_update_tree(one.subject.tenant);
    control.woken.notify_all();
  }
};

void ResourceControl::plan_change(const std::string& uuid, const Resources& next,
                                  const std::function<void(const std::string&, int)>& progress,
                                  runtime::Changes& changes) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->ruled.find(uuid);
  if (found == impl_->ruled.end() || !found->second->made) return;
  const Ruled& one = *found->second;
  Ruled wanted;
  wanted.subject = one.subject;
  wanted.subject.resources = in_its_place(one.subject.resources, next);
  if (one.subject.resources == wanted.subject.resources) return;
  wanted.slot = one.slot;
  impl_->pools.check(uuid, impl_->member_of(wanted.subject));
  auto change = std::make_shared<Change>(Change{.control = this,
                                                .uuid = uuid,
                                                .object = one.subject.object,
                                                .before = one.subject.resources,
                                                .next = wanted.subject.resources,
                                                .knobs_before = one.written,
                                                .knobs_next = impl_->knobs_of(wanted)});
  change->knobs_next.cpu.weight = one.written.cpu.weight;
  change->knobs_next.io.weight = one.written.io.weight;
  const cgroups::GroupPath path = impl_->path_of(one.subject);
  runtime::add(changes, Resettle{change});
  cgroups::plan_reclaim(impl_->options.layout, path, change->knobs_before, change->knobs_next, progress,
                        changes);
  cgroups::plan_knobs(impl_->options.layout, path, change->knobs_before, change->knobs_next, changes);
  runtime::add(changes, Settled{change});
}

}  // namespace croft::ctl
