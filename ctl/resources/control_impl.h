// What the parts of ResourceControl share. Everything is guarded by `mutex` but options and the loop's
// thread.
#pragma once

#include <sys/types.h>

#include <functional>
#include <queue>

#include "ctl/resources/control.h"

namespace croft::ctl {

struct ResourceControl::Ruled {
  Subject subject;
  bool made = false;       // its group is there
  cgroups::Knobs written;  // what its group was told last
  AccountSlot* slot = nullptr;
  std::optional<cgroups::Meter> meter;  // from the first look on
  cgroups::Reading seen;                // by it, the last time
  bool rests = false;                   // as Step::rests
  bool unseen = false;                  // it was told that it cannot be looked at
  cgroups::Micros due;                  // CLOCK_BOOTTIME of the next look
  unsigned held = 0;                    // changes under way; the governor leaves it alone meanwhile

  [[nodiscard]] cgroups::Allowance allowance() const {
    return slot != nullptr ? slot->allowance : cgroups::Allowance{};
  }
};

struct ResourceControl::Impl {
  explicit Impl(ControlOptions given);

  // The group of a tenant, as it was when its knobs were written: a group that was made anew knows nothing of
  // them.
  struct TenantGroup {
    ino_t inode = 0;
    cgroups::Knobs written;
  };
  struct Told {
    Subject subject;
    cgroups::Notice notice;
  };
  struct Look {
    cgroups::Micros due;
    std::weak_ptr<Ruled> one;
    bool operator>(const Look& other) const { return due > other.due; }
  };

  [[nodiscard]] cgroups::GroupPath path_of(const Subject& subject) const;
  [[nodiscard]] cgroups::Member member_of(const Subject& subject) const;
  [[nodiscard]] cgroups::Knobs knobs_of(const Ruled& one) const;
  [[nodiscard]] cgroups::Meter meter_of(const Ruled& one) const;

  // Opens its account. Whether there was one already. What is read of it is opened by the first look, which
  // one that ends at once does not cost.
  bool begin(const std::shared_ptr<Ruled>& one);

  // --- writing.cc
  // Tells one group the difference. A group that is gone is no error: it is just ending. Throws Error.
  void write(const cgroups::GroupPath& path, const cgroups::Knobs& now, const cgroups::Knobs& next) const;
  // Brings a container's group up to date; what could block is left to `slow`.
  void update(const std::shared_ptr<Ruled>& one);
  // One that resists is tried again at its next look.
  void try_update(const std::shared_ptr<Ruled>& one) noexcept;
  void update_tenant(const std::string& tenant);
  // Everything that a change of the tree has moved: the groups above `tenant`, and all whose weight is
  // another now.
  void update_tree(const std::string& tenant);
  // The same where nothing may fail for what another group resists: the next start or change tries again.
  void try_update_tree(const std::string& tenant) noexcept;
  // All groups by what holds for everybody. One that resists is tried again when it is looked at next.
  void rewrite();

  // --- top.cc
  // The group that holds all of Croft's: protected for the sum of what is promised below it, and weighed so
  // that the host's own groups beside it get the reserve.
  [[nodiscard]] cgroups::Knobs top_knobs() const;
  // The groups from the hierarchy's root down to that one are systemd's, where it runs: it is told.
  void tell_systemd(const cgroups::Knobs& knobs) const;

  // --- change.cc
  // After a change of what it may have: buckets of another size, other readings.
  void rearm(Ruled& one, const cgroups::Resources& before) const;

  // --- loop.cc
  void loop();
  void look_at(const std::shared_ptr<Ruled>& one, cgroups::Micros due);
  void look(const std::shared_ptr<Ruled>& one);
  void judge(const std::shared_ptr<Ruled>& one);
  // For those who ask: looks if the last time was more than a tick ago.
  void refresh(const std::shared_ptr<Ruled>& one);
  void glimpse(Ruled& one) const;
  void take_traffic(Ruled& one) const;
  void squeeze();
  void look_at_host(cgroups::Micros now);
  cgroups::Micros pass();

  ControlOptions options;
  mutable std::mutex mutex;
  std::condition_variable woken;
  bool stopping = false;
  Pools pools;
  AccountFile accounts;
  std::map<std::string, std::shared_ptr<Ruled>> ruled;  // by uuid
  // The next one first. What is not due when its container says it is was put off since.
  std::priority_queue<Look, std::vector<Look>, std::greater<>> looks;
  std::vector<Told> told;                            // not yet
  std::map<std::string, TenantGroup> tenant_groups;  // by tenant; "" is the group of all
  cgroups::HostMeter meter;
  cgroups::Shortage shortage;
  cgroups::Micros host_due;  // of the next look at the host
  bool squeezed = false;     // somebody may be
  std::thread thread;
};

// A value that no knob ever has: whatever is next is then written.
cgroups::Knobs unknown_knobs();
// Every reading costs; only what somebody judges is taken.
cgroups::Wanted wanted_of(const cgroups::Resources& resources,
                          const std::vector<cgroups::BlockDevice>& devices);
cgroups::Micros boot_time();
runtime::Tag tag_of(const std::string& uuid);

}  // namespace croft::ctl
