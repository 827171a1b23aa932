// The governor's loop: look at those whose time has come, judge, write what changed, tell what is to be told.
#include <ctime>

#include <algorithm>

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

void ResourceControl::Impl::look(const std::shared_ptr<Ruled>& one, Micros now, std::vector<Told>& told) {
  try {
    const cgroups::Reading reading = one->meter->read();
    one->counted = cgroups::counted_in(reading);
    cgroups::Step step = cgroups::step(one->subject.resources, one->slot->account, reading);
    one->slot->account = step.account;
    one->slot->allowance = step.allowance;
    one->due = {now.count + step.next.count};
    for (cgroups::Notice& notice : step.notices) told.push_back({one->subject, notice});
    update(one);
  } catch (const Error&) {  // its group is just going away, or resists: looked at again
    one->due = {now.count + cgroups::kTick.count};
  }
}

// One of each kind at most: who is held back now may be all that was needed.
void ResourceControl::Impl::squeeze(std::vector<Told>& told) {
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
      if (!one->meter || !one->subject.resources[kind.resource].can_burst()) continue;
      const bool squeezed = one->slot->account.*kind.squeezed;
      const std::uint64_t above = overdraft_of(one->subject.resources, one->slot->account, kind.resource);
      if (squeezed || above > 0) bursting.push_back({uuid, above, squeezed});
    }
    if (const auto next = cgroups::squeeze_next(kind.is_short, bursting)) {
      Ruled& one = *ruled.at(*next);
      told.push_back({one.subject, cgroups::squeeze(one.slot->account, one.subject.resources, kind.resource,
                                                    kind.is_short)});
      one.due = {};  // its allowance follows at the next look
    }
  }
}

// Gives when to look again.
Micros ResourceControl::Impl::pass(std::vector<Told>& told) {
  const Micros now = boot_time();
  if (shortage.last.at.count == 0 || now.count - shortage.last.at.count >= cgroups::kTick.count) {
    shortage = cgroups::shortage(shortage, meter.read(),
                                 {options.capacities[static_cast<std::size_t>(Resource::kMemory)].reserve});
    squeeze(told);
  }
  Micros next{now.count + cgroups::kTick.count};
  for (const auto& [uuid, one] : ruled) {
    if (!one->meter) continue;
    if (one->due <= now && one->held == 0) look(one, now, told);
    next = std::min(next, std::max(one->due, Micros{now.count + cgroups::kLeastTick.count}));
  }
  return next;
}

void ResourceControl::Impl::loop() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    std::vector<Told> told;
    const Micros next = pass(told);
    if (!told.empty()) {
      lock.unlock();
      for (const Told& one : told) options.tell(one.subject, one.notice);
      lock.lock();
    }
    if (!stopping) woken.wait_for(lock, until(next, boot_time()));
  }
}

}  // namespace croft::ctl
