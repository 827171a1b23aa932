#include "ctl/lifecycle/disk.h"

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;
using runtime::Error;

// A project's number is the first of the container's host ids, which no other container has.
bool is_counted(const Context& context, const ContainerRecord& record) {
  const fs::Quotas& quotas = *context.host.quotas;
  if (!quotas.kept()) return false;
  const std::string upper = fs::container_paths(context.host.containers(), record.uuid).upper;
  return runtime::exists(upper) && quotas.project_of(upper) == record.id_base;
}

}  // namespace

fs::QuotaLimits disk_limits(const ContainerRecord& record) {
  const cgroups::Resources& resources = record.spec.parsed().resources;
  return {resources[Resource::kDisk].limit, resources[Resource::kInodes].limit};
}

std::optional<fs::QuotaUse> disk_use(const Context& context, const ContainerRecord& record) {
  if (!is_counted(context, record)) return std::nullopt;
  return context.host.quotas->use(record.id_base);
}

bool is_of_disk(std::string_view key) {
  return key.starts_with("disk.") || key.starts_with("inodes.");
}

void plan_quota(const Context& context, const ContainerRecord& record, const ContainerRecord& saved,
                runtime::Changes& changes) {
  const fs::QuotaLimits before = disk_limits(record);
  const fs::QuotaLimits after = disk_limits(saved);
  if (before == after || !context.host.quotas->kept()) return;
  if (!is_counted(context, record))
    throw Error(runtime::ErrorKind::kUnsupported,
                "its files were made before " + context.host.quotas->file_system() + " had quotas here")
        .cure("make it anew to have its disk limited");
  runtime::add(changes,
               fs::SetQuota{context.host.quotas.get(), saved.object(), record.id_base, before, after});
}

void put_quota(const Context& context, const ContainerRecord& record) {
  if (is_counted(context, record)) context.host.quotas->set(record.id_base, disk_limits(record));
}

void drop_quota(const Context& context, const ContainerRecord& record) {
  if (context.host.quotas->kept()) context.host.quotas->set(record.id_base, {});
}

}  // namespace croft::ctl
