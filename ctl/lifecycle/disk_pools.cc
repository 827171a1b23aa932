#include "ctl/lifecycle/disk_pools.h"

#include <cstdio>
#include <set>

#include "cgroups/disks.h"
#include "ctl/lifecycle/context.h"
#include "ctl/lifecycle/destroy.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::string_view kGone = ".gone-";

// The change that takes a pool into use.
struct OpenPool {
  DiskPools* pools = nullptr;
  DiskPoolRecord record;
  [[nodiscard]] runtime::Description describe() const { return {"open", "pool " + record.name, record.kind}; }
  void apply() const { pools->open(record); }
  void undo() const noexcept { pools->close(record.name); }
};

fs::PoolKind kind_of(const DiskPoolRecord& record) {
  if (const auto kind = fs::pool_kind_of(record.kind)) return *kind;
  throw Error(ErrorKind::kUnsupported, "pools of the kind `" + record.kind + "` are those of another Croft");
}

// What was begun with one before the daemon ended.
void settle(Context& context, const DiskPoolRecord& record) {
  switch (record.state) {
    case DiskPoolState::kMaking:  // nobody was told of it yet
    case DiskPoolState::kRemoving:
      clear_disk_pool(context.pools, record);
      return context.registry.finish_remove_disk_pool(record.name,
                                                      event_of(kDaemonActor, "disk-pool.removed"));
    case DiskPoolState::kGrowing:
      context.pools.open(record);
      return grow_disk_pool(context, record, event_of(kDaemonActor, "disk-pool.grown"));
    case DiskPoolState::kReady:
      return context.pools.open(record);
  }
}

// Of snapshots, whose container may be gone, and of those that were never whole.
void sweep_snapshots(Context& context, const std::shared_ptr<const fs::Pool>& pool,
                     const std::set<std::string>& known) {
  const std::string top = pool->place() + "/" + kSnapshots;
  for (const std::string& uuid : fs::names_in(top)) {
    if (!known.contains(uuid)) remove_home_later(context, pool, top + "/" + uuid);
    for (const std::string& name : fs::names_in(top + "/" + uuid))
      if (name.starts_with('.')) remove_home_later(context, pool, top + "/" + uuid + "/" + name);
  }
}

void sweep(Context& context, const std::shared_ptr<const fs::Pool>& pool,
           const std::set<std::string>& known) {
  for (const std::string& name : fs::names_in(pool->place())) {
    const bool gone = name.starts_with(kGone) || name.starts_with(".croft-trial-");
    if (gone || (looks_like_uuid(name) && !known.contains(name)))
      remove_home_later(context, pool, pool->place() + "/" + name);
  }
  sweep_snapshots(context, pool, known);
}

}  // namespace

std::string homes_of(const DiskPoolRecord& record) {
  return record.directory + "/containers";
}

fs::PoolImage image_of(const DiskPoolRecord& record) {
  return {.kind = kind_of(record),
          .file = record.directory + "/image",
          .place = homes_of(record),
          .bytes = record.bytes};
}

DiskPools::DiskPools(const Host& host, std::function<void(Disks)> on_disks)
    : host_(host), on_disks_(std::move(on_disks)) {
  entries_[std::string(kDefaultDiskPool)] = {fs::open_pool(fs::PoolKind::kDir, host.containers()), "",
                                             host.devices};
}

void DiskPools::put(const std::string& name, Entry entry) {
  {
    const std::lock_guard lock(mutex_);
    entries_[name] = std::move(entry);
  }
  tell_disks();
}

// Pools change one at a time, so that what is told last is how it is.
void DiskPools::tell_disks() {
  std::set<cgroups::BlockDevice> disks;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_) disks.insert(entry.disks.begin(), entry.disks.end());
  }
  on_disks_({disks.begin(), disks.end()});
}

std::shared_ptr<const fs::Pool> DiskPools::get(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end())
    throw Error(ErrorKind::kNotFound, "there is no pool `" + name + "`")
        .cure("`croft pool list` shows which there are");
  if (!found->second.pool)
    throw Error(ErrorKind::kUnavailable, "the pool `" + name + "` is not there: " + found->second.reason)
        .cure("`croft pool check " + name + "` tries again");
  return found->second.pool;
}

std::string DiskPools::absent(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  return found == entries_.end() ? "it is not made" : found->second.reason;
}

void DiskPools::open(const DiskPoolRecord& record) {
  try {
    if (record.bytes > 0) fs::bring_up_image(image_of(record));
    fs::check_apart(homes_of(record), host_.options.data, kind_of(record));
    fs::check_overlay_upper(homes_of(record));
    // What goes to a file system in a file goes to the disk under the file for whoever began it.
    put(record.name, {fs::open_pool(kind_of(record), homes_of(record)), "",
                      cgroups::disks_under({}, record.directory).devices});
  } catch (const Error& error) {
    put(record.name, {nullptr, error.what()});
    throw;
  }
}

void DiskPools::close(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    entries_.erase(name);
  }
  tell_disks();
}

std::string disk_pool_of(const ContainerRecord& record) {
  return record.spec.parsed().pool.value_or(std::string(kDefaultDiskPool));
}

std::shared_ptr<const fs::Pool> pool_with(const Context& context, const ContainerRecord& record) {
  return context.pools.get(disk_pool_of(record));
}

fs::ContainerPaths paths_of(const Context& context, const ContainerRecord& record) {
  return fs::container_paths(context.host.containers(), record.uuid, pool_with(context, record)->place());
}

runtime::Changes plan_disk_pool(DiskPools& pools, const DiskPoolRecord& record) {
  runtime::Changes changes;
  runtime::add(changes, fs::MakePoolDirectory{record.directory});
  runtime::add(changes, fs::MakePoolDirectory{homes_of(record)});
  if (record.bytes > 0) runtime::add(changes, fs::MakePoolImage{image_of(record)});
  runtime::add(changes, OpenPool{&pools, record});
  return changes;
}

void clear_disk_pool(DiskPools& pools, const DiskPoolRecord& record) {
  pools.close(record.name);
  if (record.bytes > 0) {
    fs::remove_image(image_of(record));
  } else if (runtime::exists(homes_of(record))) {
    const auto pool = fs::open_pool(kind_of(record), homes_of(record));
    for (const std::string& name : fs::names_in(homes_of(record)))
      pool->remove_home(homes_of(record) + "/" + name, [] { return true; });
  }
  runtime::remove_tree(record.directory);
}

void grow_disk_pool(Context& context, const DiskPoolRecord& record, const EventDraft& event) {
  fs::grow_image(image_of(record));
  context.registry.note_disk_pool(record.name, DiskPoolState::kReady, record.bytes, event);
}

void recover_disk_pools(Context& context) {
  for (const DiskPoolRecord& record : context.registry.disk_pools()) {
    try {
      settle(context, record);
    } catch (const Error& error) {  // told of by `pool list`, and whenever it is needed
      std::fprintf(stderr, "croftd: pool `%s`: %s\n", record.name.c_str(), error.what());
    }
  }
}

void sweep_disk_pools(Context& context) {
  std::set<std::string> known;
  for (const ContainerRecord& record : context.registry.containers()) known.insert(record.uuid);
  sweep(context, context.pools.get(std::string(kDefaultDiskPool)), known);
  for (const DiskPoolRecord& record : context.registry.disk_pools())
    if (context.pools.absent(record.name).empty()) sweep(context, context.pools.get(record.name), known);
}

}  // namespace croft::ctl
