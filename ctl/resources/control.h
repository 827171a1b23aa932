// Resource control of what runs: admits a start, gives its group the knobs, keeps guarantees through all
// groups above it, and governs it until its end. One thread looks at all containers; whatever can block goes
// to `slow`. All methods may be called from any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cgroups/governor.h"
#include "cgroups/group.h"
#include "cgroups/usage.h"
#include "ctl/resources/account_file.h"
#include "ctl/resources/pools.h"
#include "runtime/change.h"

namespace croft::ctl {

// A container that runs, or is about to.
struct Subject {
  std::string uuid;
  std::string object;  // "default/web1"
  std::string tenant;
  std::uint64_t generation = 0;
  cgroups::Resources resources;
};

struct ControlOptions {
  const cgroups::Layout& layout;
  std::string root;                           // the group that holds all tenants
  std::string accounts;                       // path of the account file
  std::vector<cgroups::BlockDevice> devices;  // as set_devices
  cgroups::Capacities capacities;
  // Told of what the governor saw; called without locks, on its thread.
  std::function<void(const Subject& subject, const cgroups::Notice& notice)> tell;
  // What a container's link has counted; nothing where it is not counted. And who is told when it may, or may
  // not any more, go above a barrier of its network. Both quick; called with a lock held.
  std::function<std::optional<cgroups::Reading::Net>(const std::string& uuid)> traffic;
  std::function<void(const std::string& uuid, const cgroups::Allowance& allowance)> shape;
  // Runs work that may block.
  std::function<void(std::function<void()>)> slow;
};

// What `croft resources` shows of one container: as it was at most a tick ago. What others took from one that
// rests meanwhile, as memory, may be up to cgroups::kRestTick old.
struct Holding {
  std::array<std::uint64_t, cgroups::kResourceCount> held{};
  std::array<std::uint64_t, cgroups::kResourceCount> maxheld{};
  std::array<std::uint64_t, cgroups::kResourceCount> failcnt{};
  cgroups::Counted counted;  // what held and maxheld tell
  cgroups::Credit cpu, memory, io, iops, net_in, net_out;
  cgroups::Allowance allowance;
  cgroups::Resources resources;  // in force
};

// What the ledger reads of a group.
cgroups::Wanted metered(const std::vector<cgroups::BlockDevice>& devices);

class ResourceControl {
 public:
  explicit ResourceControl(ControlOptions options);
  ResourceControl(const ResourceControl&) = delete;
  ResourceControl& operator=(const ResourceControl&) = delete;
  ~ResourceControl();
  // Begins to govern. Until then nothing is told.
  void start();
  // Ends it; what is known stays.
  void stop();

  // --- the tree of tenants
  void put_tenant(const std::string& name, const std::string& parent, const cgroups::Resources& resources);
  // Throws Error kExhausted as Pools::check, kInvalid when the parent is not known.
  void check_tenant(const std::string& name, const std::string& parent,
                    const cgroups::Resources& resources) const;
  void remove_tenant(const std::string& name);
  // As Pools::limits_of.
  [[nodiscard]] cgroups::Resources tenant_limits(const std::string& name) const;
  [[nodiscard]] std::string tenant_path(const std::string& name) const;
  void set_capacities(const cgroups::Capacities& capacities);
  [[nodiscard]] cgroups::Capacities capacities() const;
  // The disks under the containers' files, on each of which io bounds hold, and whose I/O counts. Of one that
  // lies on another of them what goes through both counts twice.
  void set_devices(std::vector<cgroups::BlockDevice> devices);

  // --- one container, in this order
  // What to make its group with, were it started now; what its start moves then, `protect` writes.
  [[nodiscard]] cgroups::Knobs preview(const Subject& subject) const;
  // Throws Error kExhausted when the host cannot keep what it is promised.
  void check(const Subject& subject) const;
  // Counts it from now on; throws as check. `written`: what its group is, or will be, made with.
  void admit(const Subject& subject, const cgroups::Knobs& written);
  // Its group is there: tells the groups above and beside it what has changed by it.
  void protect(const std::string& uuid);
  // It runs: governs it from now on.
  void watch(const std::string& uuid);
  // All of that at once for those that an earlier daemon started: it is not asked whether they fit, and their
  // accounts go on where that daemon left them.
  void adopt(const std::vector<Subject>& subjects);
  // It was frozen, and goes on: what it was frozen for is told again when it comes again.
  void thawed(const std::string& uuid);
  // It ended, or its start was undone. Nothing happens when it is not known.
  void leave(const std::string& uuid);

  // --- changing one that runs
  // Changes that make `next` hold, complete with what the group is told; apply and undo them as usual. The
  // governor leaves the container alone from the first to the last of them. `progress` hears of memory that
  // is being reclaimed.
  void plan_change(const std::string& uuid, const cgroups::Resources& next,
                   const std::function<void(const std::string&, int)>& progress, runtime::Changes& changes);

  // --- seeing it
  [[nodiscard]] std::optional<Holding> holding(const std::string& uuid) const;
  // What the governor allows it; nothing where it is not governed.
  [[nodiscard]] std::optional<cgroups::Allowance> allowance(const std::string& uuid) const;
  // Looks at the peaks that the kernel keeps, which holding() tells from then on; until then it knows of
  // those that a look of its own has seen.
  void see_peaks(const std::string& uuid) const;
  [[nodiscard]] std::array<cgroups::Commitment, cgroups::kResourceCount> commitments() const;
  [[nodiscard]] cgroups::HostReading host() const;
  // All that is counted of one, now; nothing of one that does not run, or is just ending.
  [[nodiscard]] std::optional<cgroups::Reading> measure(const std::string& uuid) const;
  // The same for a list of thousands: of one that used no CPU time since the governor's last look, what that
  // saw. What others took from its memory since may be cgroups::kRestTick old.
  [[nodiscard]] std::optional<cgroups::Reading> glance(const std::string& uuid) const;

 private:
  friend struct Resettle;
  friend struct Settled;
  struct Ruled;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace croft::ctl
