// The pools for containers' files as they are on this host now: which are there, and why the others are not.
// What there is to be is in the registry; a pool that is made, grown or removed is in a state that says so
// before the first change, and the daemon's next start goes on from wherever a kill left it. Besides, this
// is the one place that knows in which pool a container lies.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cgroups/knobs.h"
#include "ctl/lifecycle/registry/records.h"
#include "fs/pool.h"
#include "fs/pool_image.h"

namespace croft::ctl {

struct Host;
struct Context;

// The directory in a pool with a directory for each container that has snapshots.
inline constexpr const char* kSnapshots = ".snapshots";

// Where a pool's homes lie in the directory that Croft makes for it.
std::string homes_of(const DiskPoolRecord& record);
// Of a pool with a file system of its own.
fs::PoolImage image_of(const DiskPoolRecord& record);

class DiskPools {
 public:
  using Disks = std::vector<cgroups::BlockDevice>;
  // With the data directory's own, which is there for certain. `on_disks` is told on which disks all of them
  // lie whenever that may have changed.
  DiskPools(const Host& host, std::function<void(Disks)> on_disks);

  // Throws Error kUnavailable, with the reason, when it is not there, and kNotFound when there is none.
  [[nodiscard]] std::shared_ptr<const fs::Pool> get(const std::string& name) const;
  // Why it is not there; empty when it is.
  [[nodiscard]] std::string absent(const std::string& name) const;
  // Mounts it where it has to be, and looks whether it can hold containers. Throws Error, which is the reason
  // from then on.
  void open(const DiskPoolRecord& record);
  void close(const std::string& name);
  // Held by whoever changes a pool: they are few, and one at a time is enough.
  [[nodiscard]] std::unique_lock<std::mutex> changing() { return std::unique_lock(changing_); }

 private:
  struct Entry {
    std::shared_ptr<const fs::Pool> pool;  // null: absent
    std::string reason;
    Disks disks{};
  };
  void put(const std::string& name, Entry entry);
  void tell_disks();

  const Host& host_;
  std::function<void(Disks)> on_disks_;
  std::mutex changing_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Entry> entries_;
};

std::string disk_pool_of(const ContainerRecord& record);
// Of the container's pool; as DiskPools::get.
std::shared_ptr<const fs::Pool> pool_with(const Context& context, const ContainerRecord& record);
fs::ContainerPaths paths_of(const Context& context, const ContainerRecord& record);

// What makes a pool, in an order in which a kill leaves what its record names.
runtime::Changes plan_disk_pool(DiskPools& pools, const DiskPoolRecord& record);
// Whatever is there of it goes; can be repeated.
void clear_disk_pool(DiskPools& pools, const DiskPoolRecord& record);
// Makes its file system as large as its record says.
void grow_disk_pool(Context& context, const DiskPoolRecord& record, const EventDraft& event);
// At the daemon's start: all are opened, and what was begun with one is ended.
void recover_disk_pools(Context& context);
// What lies in pools of containers that the registry does not know.
void sweep_disk_pools(Context& context);

}  // namespace croft::ctl
