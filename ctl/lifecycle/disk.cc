#include "ctl/lifecycle/disk.h"

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;
using runtime::Error;

// A container's files and the pool that counts them; its project has the number of the first of its host ids,
// which no other container has.
struct Counted {
  std::shared_ptr<const fs::Pool> pool;
  fs::ContainerPaths paths;
};

// Nothing where its pool is not there, or does not count them.
std::optional<Counted> counted(const Context& context, const ContainerRecord& record) {
  if (!context.pools.absent(disk_pool_of(record)).empty()) return std::nullopt;
  Counted found{pool_with(context, record), paths_of(context, record)};
  if (!found.pool->counts(found.paths, record.id_base)) return std::nullopt;
  return found;
}

}  // namespace

fs::QuotaLimits disk_limits(const ContainerRecord& record) {
  const cgroups::Resources& resources = record.spec.parsed().resources;
  return {resources[Resource::kDisk].limit, resources[Resource::kInodes].limit};
}

std::optional<fs::QuotaUse> disk_use(const Context& context, const ContainerRecord& record) {
  const auto found = counted(context, record);
  if (!found) return std::nullopt;
  return found->pool->use(found->paths, record.id_base);
}

bool is_of_disk(std::string_view key) {
  return key.starts_with("disk.") || key.starts_with("inodes.");
}

void plan_quota(const Context& context, const ContainerRecord& record, const ContainerRecord& saved,
                runtime::Changes& changes) {
  const fs::QuotaLimits before = disk_limits(record);
  const fs::QuotaLimits after = disk_limits(saved);
  if (before == after || !pool_with(context, record)->bytes().kept()) return;
  const auto found = counted(context, record);
  if (!found)
    throw Error(runtime::ErrorKind::kUnsupported, "its files were made before their pool had quotas")
        .cure("make it anew to have its disk limited");
  runtime::add(changes, fs::SetQuota{.pool = found->pool,
                                     .object = saved.object(),
                                     .paths = found->paths,
                                     .project = record.id_base,
                                     .before = before,
                                     .after = after});
}

void put_quota(const Context& context, const ContainerRecord& record) {
  if (context.pools.absent(disk_pool_of(record)).empty())
    pool_with(context, record)->tidy(paths_of(context, record));
  if (const auto found = counted(context, record))
    found->pool->limit(found->paths, record.id_base, disk_limits(record));
}

void drop_quota(const Context& context, const ContainerRecord& record) {
  pool_with(context, record)->release(record.id_base);
}

}  // namespace croft::ctl
