// disk-pool.check: whether a pool is as it is to be, and what can be done where it is not.
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "fs/loop.h"

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

struct Findings {
  Json list = Json::array();
  void add(const std::string& what, const std::string& cure, bool mended = false) {
    list.push_back({{"what", what}, {"cure", cure}, {"mended", mended}});
  }
};

// One that was away may be back: then it is taken into use again, and what its containers may take of it.
bool try_again(Context& context, const DiskPoolRecord& record, Findings& findings) {
  const std::string reason = context.pools.absent(record.name);
  if (reason.empty()) return true;
  try {
    context.pools.open(record);
    findings.add("it was not there: " + reason, "", true);
    return true;
  } catch (const Error& error) {
    findings.add(error.what(), "");
    return false;
  }
}

void check_bounds(const DiskPoolRecord& record, const fs::Pool& pool, Findings& findings) {
  if (record.kind == "dir") return;
  const fs::Bound bytes = pool.bytes();
  if (!bytes.kept()) findings.add("containers' disks are not limited: " + bytes.absent, bytes.cure);
}

// The file is sparse: all pools and the rest of the host share what is left.
void check_room(const DiskPoolRecord& record, Findings& findings) {
  if (record.bytes == 0) return;
  const std::string file = image_of(record).file;
  struct stat own {};
  struct statvfs info {};
  if (stat(file.c_str(), &own) != 0 || statvfs(record.directory.c_str(), &info) != 0) return;
  const std::uint64_t still =
      record.bytes - std::min(record.bytes, static_cast<std::uint64_t>(own.st_blocks) * 512);
  const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
  if (still > free)
    findings.add("it may come to take " + std::to_string(still) + " bytes more, and `" + record.directory +
                     "` has " + std::to_string(free),
                 "make room there before containers see errors of their disk");
}

void check_homes(Context& context, const DiskPoolRecord& pool, Findings& findings) {
  for (const ContainerRecord& record : context.registry.containers()) {
    if (disk_pool_of(record) != pool.name || record.state == State::kDestroying) continue;
    const fs::ContainerPaths paths = paths_of(context, record);
    if (!runtime::exists(paths.upper) || !runtime::exists(paths.work)) {
      findings.add("the files of `" + record.object() + "` are gone from `" + paths.home + "`",
                   "restore them, or destroy the container");
      continue;
    }
    put_quota(context, record);
  }
}

Json row(const std::string& word, const std::string& missing, const std::string& how,
         const std::string& cure) {
  return {{"resource", "pools"},
          {"word", word},
          {"kept_by", missing.empty() ? "kernel" : "absent"},
          {"reason", missing.empty() ? how : missing},
          {"cure", missing.empty() ? "" : cure}};
}

Json kind_row(fs::PoolKind kind) {
  const fs::PoolFormat& format = fs::format_of(kind);
  const std::string tool = fs::missing_tool(format);
  const std::string loops = fs::loops_absent();
  return row("size= of " + std::string(to_text(kind)),
             tool.empty() ? loops : "there is no program `" + tool + "`",
             "a file system of its own can be made for a pool",
             tool.empty() ? "the module `loop`" : std::string("apt-get install ") + format.package);
}

}  // namespace

void add_pool_rows(const Context& context, Json& rows) {
  for (const fs::PoolKind kind : {fs::PoolKind::kXfs, fs::PoolKind::kExt4, fs::PoolKind::kBtrfs})
    rows.push_back(kind_row(kind));
  for (const DiskPoolRecord& record : context.registry.disk_pools()) {
    const std::string away = context.pools.absent(record.name);
    rows.push_back(row(record.name, away, "it is there", "croft pool check " + record.name));
    if (!away.empty() || record.kind == "dir") continue;
    const fs::Bound bytes = context.pools.get(record.name)->bytes();
    rows.push_back(row("disk.limit in " + record.name, bytes.absent, bytes.how, bytes.cure));
  }
}

Answer check_disk_pool(Context& context, const Call& call) {
  check_members(call.body, {});
  const std::string& name = call.path.at("name");
  const auto changing = context.pools.changing();
  DiskPoolRecord record;
  record.name = kDefaultDiskPool;
  record.kind = "dir";
  if (name != kDefaultDiskPool) {
    auto found = context.registry.find_disk_pool(name);
    if (!found)
      throw Error(ErrorKind::kNotFound, "there is no pool `" + shown(name) + "`")
          .cure("`croft pool list` shows which there are");
    record = *std::move(found);
  }
  if (call.dry_run) return planned({{"check", "pool " + record.name, ""}});
  Findings findings;
  if (try_again(context, record, findings)) {
    check_bounds(record, *context.pools.get(record.name), findings);
    check_room(record, findings);
    check_homes(context, record, findings);
  }
  return {.status = 200,
          .body = {{"name", record.name}, {"findings", std::move(findings.list)}},
          .etag = "",
          .location = ""};
}

}  // namespace croft::ctl
