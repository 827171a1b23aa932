// The governor's loop: look at those whose time has come, judge, write what changed, tell what is to be told.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

#include "ctl/resources/control_impl.h"
#include "runtime/error.h"

namespace croft::ctl {

using cgroups::Bursting;
using cgroups::Micros;
using cgroups::Resource;
using runtime::Error;

namespace {

// Sleep that ends early when somebody is to be looked at sooner.
std::chrono::microseconds until(Micros due, Micros now) {
  return std::chrono::microseconds(due > now ? due.count - now.count : 0);
}

// Looks that are not urgent are made together: to wake up costs more than to look.
Micros whole_tick(Micros at) {
  return {at.count - at.count % cgroups::kTick.count};
}

std::uint64_t overdraft_of(const cgroups::Resources& resources, const cgroups::Account& account,
                           Resource resource) {
  return cgroups::overdraft(resources[resource], account.held[static_cast<std::size_t>(resource)]);
}

}  // namespace

Micros boot_time() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return {static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
          static_cast<std::uint64_t>(now.tv_nsec) / 1000};
}

void ResourceControl::Impl::look_at(const std::shared_ptr<Ruled>& one, Micros due) {
  one->due = due;
  looks.push({due, one});
}

void ResourceControl::Impl::take_traffic(Ruled& one) const {
  if (options.traffic) one.seen.net = options.traffic(one.subject.uuid);
}

void ResourceControl::Impl::judge(const std::shared_ptr<Ruled>& one) {
  if (!one->meter) one->meter.emplace(meter_of(*one));
  const Micros now = boot_time();
  const bool may_rest = one->rests && now.count - one->seen.at.count < cgroups::kRestTick.count;
  const auto read = one->meter->read_if_run(may_rest ? one->seen : cgroups::Reading{});
  if (read) {
    one->seen = *read;
    take_traffic(*one);
  }
  cgroups::Reading reading = one->seen;
  reading.at = read ? read->at : now;
  const cgroups::Step step = cgroups::step(one->subject.resources, one->slot->account, reading);
  const cgroups::Allowance before = std::exchange(one->slot->allowance, step.allowance);
  one->slot->account = step.account;
  if (options.shape && (before.net_in != step.allowance.net_in || before.net_out != step.allowance.net_out))
    options.shape(one->subject.uuid, step.allowance);
  one->rests = step.rests;
  const Micros due{now.count + step.next.count};
  look_at(one, step.next < cgroups::kIdleTick ? due : whole_tick(due));
  for (const cgroups::Notice& notice : step.notices) told.push_back({one->subject, notice});
  if (read) update(one);
}

void ResourceControl::Impl::look(const std::shared_ptr<Ruled>& one) {
  try {
    judge(one);
  } catch (const Error& error) {  // its group is just going away, or resists: looked at again
    if (!one->meter && !std::exchange(one->unseen, true) && error.kind() != runtime::ErrorKind::kNotFound)
      std::fprintf(stderr, "croftd: cannot govern `%s`: %s\n", one->subject.object.c_str(), error.what());
    look_at(one, {boot_time().count + cgroups::kTick.count});
  }
}

void ResourceControl::Impl::refresh(const std::shared_ptr<Ruled>& one) {
  if (one->slot == nullptr || one->held > 0) return;
  if (boot_time().count - one->slot->account.at.count >= cgroups::kTick.count) {
    look(one);
    if (!told.empty()) woken.notify_all();
  } else if (!one->meter) {
    glimpse(*one);
  }
}

// Before the first look.
void ResourceControl::Impl::glimpse(Ruled& one) const {
  try {
    one.meter.emplace(meter_of(one));
    one.seen = one.meter->read();
    take_traffic(one);
    cgroups::take_levels(one.seen, one.slot->account);
  } catch (const Error&) {  // that look is told of it
    return;
  }
}

// One of each kind at most: who is held back now may be all that was needed.
void ResourceControl::Impl::squeeze() {
  if (!shortage.cpu && !shortage.memory && !shortage.io && !squeezed) return;
  squeezed = false;
  struct Kind {
    Resource resource;
    bool is_short;
    bool cgroups::Account::*squeezed;
  };
  const std::array kinds{Kind{Resource::kCpu, shortage.cpu, &cgroups::Account::squeezed_cpu},
                         Kind{Resource::kMemory, shortage.memory, &cgroups::Account::squeezed_memory},
                         Kind{Resource::kIo, shortage.io, &cgroups::Account::squeezed_io}};
  for (const Kind& kind : kinds) {
    std::vector<Bursting> bursting;
    for (const auto& [uuid, one] : ruled) {
      if (one->slot == nullptr || !one->subject.resources[kind.resource].can_burst()) continue;
      const bool is_squeezed = one->slot->account.*kind.squeezed;
      squeezed = squeezed || is_squeezed;
      const std::uint64_t above = overdraft_of(one->subject.resources, one->slot->account, kind.resource);
      if (is_squeezed || above > 0) bursting.push_back({uuid, above, is_squeezed});
    }
    if (const auto next = cgroups::squeeze_next(kind.is_short, bursting)) {
      const std::shared_ptr<Ruled>& one = ruled.at(*next);
      told.push_back({one->subject, cgroups::squeeze(one->slot->account, one->subject.resources,
                                                     kind.resource, kind.is_short)});
      one->rests = false;
      squeezed = true;
      look_at(one, {});  // its allowance follows
    }
  }
}

void ResourceControl::Impl::look_at_host(Micros now) {
  if (now < host_due) return;
  host_due = whole_tick({now.count + cgroups::kTick.count});
  shortage = cgroups::shortage(shortage, meter.read(),
                               {options.capacities[static_cast<std::size_t>(Resource::kMemory)].reserve});
  squeeze();
}

// Gives when to look again.
Micros ResourceControl::Impl::pass() {
  const Micros now = boot_time();
  const Micros soon{now.count + cgroups::kLeastTick.count};
  look_at_host(now);
  while (!looks.empty() && looks.top().due <= now) {
    const Micros due = looks.top().due;
    const std::shared_ptr<Ruled> one = looks.top().one.lock();
    looks.pop();
    if (!one || !one->made || one->due != due) continue;
    if (one->held == 0)
      look(one);
    else
      look_at(one, soon);
  }
  return looks.empty() ? host_due : std::min(host_due, std::max(soon, looks.top().due));
}

void ResourceControl::Impl::loop() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    const Micros next = pass();
    const std::vector<Told> now = std::exchange(told, {});
    if (!now.empty()) {
      lock.unlock();
      for (const Told& one : now) options.tell(one.subject, one.notice);
      lock.lock();
    }
    if (!stopping && told.empty()) woken.wait_for(lock, until(next, boot_time()));
  }
}

}  // namespace croft::ctl
