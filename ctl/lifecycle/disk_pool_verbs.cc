// disk-pool.*: where containers' files lie.
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "ctl/spec/units.h"
#include "fs/loop.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

struct Space {
  std::uint64_t size = 0;
  std::uint64_t free = 0;
};

Space space_at(const std::string& path) {
  struct statvfs info {};
  if (statvfs(path.c_str(), &info) != 0) runtime::fail_errno("cannot look at `" + path + "`");
  return {std::uint64_t{info.f_blocks} * info.f_frsize, std::uint64_t{info.f_bavail} * info.f_frsize};
}

// What the file takes of the file system that it lies on.
std::uint64_t blocks_of(const std::string& file) {
  struct stat info {};
  return stat(file.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_blocks) * 512 : 0;
}

std::string limit_text(const fs::Bound& bound) {
  return bound.kept() ? bound.how : "absent: " + bound.absent;
}

void add_live(Json& json, const fs::Pool& pool) {
  const Space space = space_at(pool.place());
  json["size_bytes"] = space.size;
  json["free_bytes"] = space.free;
  json["limits"] = {{"disk", limit_text(pool.bytes())}, {"inodes", limit_text(pool.inodes())}};
}

// Without what only a pool that is there can tell.
Json pool_json(const Context& context, const DiskPoolRecord& record) {
  const std::string reason = context.pools.absent(record.name);
  Json json{
      {"name", record.name},
      {"kind", record.kind},
      {"path", record.directory},
      {"image_bytes", record.bytes > 0 ? Json(record.bytes) : Json()},
      {"taken_bytes", record.bytes > 0 ? Json(blocks_of(image_of(record).file)) : Json()},
      {"state", record.state == DiskPoolState::kReady && !reason.empty() ? "absent" : to_text(record.state)},
      {"reason", reason.empty() ? Json() : Json(reason)},
      {"size_bytes", nullptr},
      {"free_bytes", nullptr},
      {"limits", nullptr},
      {"containers", record.containers},
      {"created", record.created}};
  if (reason.empty()) add_live(json, *context.pools.get(record.name));
  return json;
}

// The data directory's own, which has no record.
DiskPoolRecord default_pool(const Context& context) {
  DiskPoolRecord record;
  record.name = kDefaultDiskPool;
  record.kind = "dir";
  record.directory = context.host.containers();
  record.state = DiskPoolState::kReady;
  ContainerFilter all;
  all.names_only = true;
  record.containers = context.registry.containers(all).size();
  for (const DiskPoolRecord& other : context.registry.disk_pools()) record.containers -= other.containers;
  return record;
}

DiskPoolRecord pool_called(const Context& context, const Call& call) {
  const std::string& name = call.path.at("name");
  if (name == kDefaultDiskPool) return default_pool(context);
  auto found = context.registry.find_disk_pool(name);
  if (!found)
    throw Error(ErrorKind::kNotFound, "there is no pool `" + shown(name) + "`")
        .cure("`croft pool list` shows which there are");
  return *std::move(found);
}

void refuse_default(const DiskPoolRecord& record) {
  if (record.name == kDefaultDiskPool)
    throw Error(ErrorKind::kRefused, "it is the data directory's own place");
}

std::string text_member(const Call& call, const char* name) {
  if (!call.body.is_object() || !call.body.contains(name) || call.body[name].is_null()) return "";
  if (!call.body[name].is_string()) throw runtime::wrong_field(name, "must be a text");
  return call.body[name];
}

// 0 when it is not said.
std::uint64_t size_member(const Call& call) {
  const std::string text = text_member(call, "size");
  if (text.empty()) return 0;
  try {
    return parse_bytes(text).value;
  } catch (const Error& error) {
    throw runtime::wrong_field("size", error.what());
  }
}

DiskPoolRecord wanted_of(const Context& context, const Call& call) {
  check_members(call.body, {"name", "kind", "path", "size"});
  DiskPoolRecord wanted;
  wanted.name = text_member(call, "name");
  if (wanted.name.empty()) throw runtime::wrong_field("name", "is missing, or is not a text");
  check_pool_name(wanted.name);
  wanted.kind = text_member(call, "kind");
  if (!fs::pool_kind_of(wanted.kind))
    throw runtime::wrong_field("kind", "must be dir, xfs, ext4 or btrfs, not `" + shown(wanted.kind) + "`");
  wanted.bytes = size_member(call);
  const std::string path = text_member(call, "path");
  if (!path.empty() && path.front() != '/')
    throw runtime::wrong_field("path", "must begin with /, not be `" + shown(path) + "`");
  wanted.directory = path.empty() ? context.host.pools() + "/" + wanted.name : path + "/croft-" + wanted.name;
  return wanted;
}

// All that can be known to go wrong before anything is made.
void check_wanted(const Context& context, const DiskPoolRecord& wanted) {
  const std::string parent = wanted.directory.substr(0, wanted.directory.rfind('/'));
  const fs::PoolKind kind = *fs::pool_kind_of(wanted.kind);
  if (!runtime::exists(parent)) throw Error(ErrorKind::kNotFound, "there is no directory `" + parent + "`");
  if (runtime::exists(wanted.directory))
    throw Error(ErrorKind::kExists, "there is something at `" + wanted.directory + "` already")
        .cure("move it away, or choose another name or path");
  if (wanted.bytes == 0) {
    fs::open_pool(kind, parent);
    return fs::check_apart(parent, context.host.options.data, kind);
  }
  const fs::PoolFormat& format = fs::format_of(kind);
  if (const std::string missing = fs::missing_tool(format); !missing.empty())
    throw Error(ErrorKind::kUnsupported, "there is no program `" + missing + "`")
        .cure(std::string("apt-get install ") + format.package);
  if (const std::string why = fs::loops_absent(); !why.empty()) throw Error(ErrorKind::kUnsupported, why);
  fs::check_image(image_of(wanted));
}

void make_pool(Context& context, const DiskPoolRecord& record, const Call& call) {
  runtime::Changes changes = plan_disk_pool(context.pools, record);
  try {
    runtime::apply_changes(changes, [&](std::size_t i, const runtime::Change&) {
      if (call.fail_at == static_cast<int>(i)) throw Error(ErrorKind::kSystem, "fault injected", EIO);
    });
  } catch (...) {
    context.pools.close(record.name);
    context.registry.begin_remove_disk_pool(record.name, event_of(call.actor, "disk-pool.removing"));
    context.registry.finish_remove_disk_pool(record.name, event_of(call.actor, "disk-pool.removed"));
    throw;
  }
  context.registry.note_disk_pool(record.name, DiskPoolState::kReady, record.bytes,
                                  event_of(call.actor, "disk-pool.created"));
}

}  // namespace

Answer list_disk_pools(Context& context, const Call&) {
  Json items = Json::array({pool_json(context, default_pool(context))});
  for (const DiskPoolRecord& record : context.registry.disk_pools())
    items.push_back(pool_json(context, record));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer show_disk_pool(Context& context, const Call& call) {
  const DiskPoolRecord pool = pool_called(context, call);
  Json body = pool_json(context, pool);
  body["members"] = Json::array();
  for (const ContainerRecord& record : context.registry.containers()) {
    if (disk_pool_of(record) != pool.name) continue;
    const auto use = disk_use(context, record);
    const auto limit = disk_limits(record).bytes;
    body["members"].push_back({{"container", record.object()},
                               {"uuid", record.uuid},
                               {"used_bytes", use ? Json(use->bytes) : Json()},
                               {"limit_bytes", limit ? Json(*limit) : Json()}});
  }
  return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
}

Answer create_disk_pool(Context& context, const Call& call) {
  const DiskPoolRecord wanted = wanted_of(context, call);
  try {
    const auto changing = context.pools.changing();
    if (!context.registry.find_disk_pool(wanted.name)) check_wanted(context, wanted);
    const DiskPoolRecord record = context.registry.add_disk_pool(wanted, event_of(call, "disk-pool.making"));
    if (call.dry_run) {
      std::vector<runtime::Description> changes{{"record", "pool " + record.name, record.kind}};
      for (runtime::Description& change : runtime::describe(plan_disk_pool(context.pools, record)))
        changes.push_back(std::move(change));
      return planned(changes);
    }
    make_pool(context, record, call);
    return {.status = 200,
            .body = pool_json(context, context.registry.find_disk_pool(record.name).value()),
            .etag = "",
            .location = ""};
  } catch (Error& error) {
    throw error.wrap("cannot create the pool `" + wanted.name + "`");
  }
}

Answer grow_disk_pool_verb(Context& context, const Call& call) {
  check_members(call.body, {"size"});
  const std::uint64_t size = size_member(call);
  if (size == 0) throw runtime::wrong_field("size", "is missing, or is not a text");
  const auto changing = context.pools.changing();
  const DiskPoolRecord record = pool_called(context, call);
  try {
    refuse_default(record);
    if (record.bytes == 0)
      throw Error(ErrorKind::kConflict, "it lies on a file system that was there, and is as large as that");
    if (size < record.bytes)
      throw Error(ErrorKind::kUnsupported,
                  "it is " + format(Bytes{record.bytes}) + " large, and cannot be made smaller");
    DiskPoolRecord wanted = record;
    wanted.bytes = size;
    static_cast<void>(context.pools.get(record.name));  // or why it is not there
    fs::check_image(image_of(wanted));
    wanted = context.registry.note_disk_pool(record.name, DiskPoolState::kGrowing, size,
                                             event_of(call, "disk-pool.growing"));
    if (call.dry_run)
      return planned(
          {{"grow", image_of(wanted).file, format(Bytes{size}) + ", from " + format(Bytes{record.bytes})}});
    if (call.fail_at == 0) throw Error(ErrorKind::kSystem, "fault injected", EIO);
    grow_disk_pool(context, wanted, event_of(call.actor, "disk-pool.grown"));
    return {
        .status = 200, .body = pool_json(context, pool_called(context, call)), .etag = "", .location = ""};
  } catch (Error& error) {
    throw error.wrap("cannot grow the pool `" + record.name + "`");
  }
}

Answer remove_disk_pool(Context& context, const Call& call) {
  const auto changing = context.pools.changing();
  const DiskPoolRecord record = pool_called(context, call);
  try {
    refuse_default(record);
    // What lies on a disk that is away would be there again when the disk is.
    if (record.state == DiskPoolState::kReady && !runtime::exists(record.directory))
      throw Error(ErrorKind::kUnavailable, "`" + record.directory + "` is not there")
          .cure("mount what it lies on, or make an empty directory there to forget it");
    context.registry.begin_remove_disk_pool(record.name, event_of(call, "disk-pool.removing"));
    if (call.dry_run) {
      std::vector<runtime::Description> changes;
      if (record.bytes > 0) changes.push_back({"unmount", homes_of(record), ""});
      changes.push_back({"remove", record.directory, ""});
      changes.push_back({"forget", "pool " + record.name, ""});
      return planned(changes);
    }
    if (call.fail_at == 0) throw Error(ErrorKind::kSystem, "fault injected", EIO);
    clear_disk_pool(context.pools, record);
    if (call.fail_at == 1) throw Error(ErrorKind::kSystem, "fault injected", EIO);
    context.registry.finish_remove_disk_pool(record.name, event_of(call.actor, "disk-pool.removed"));
    return {.status = 200, .body = {{"name", record.name}}, .etag = "", .location = ""};
  } catch (Error& error) {
    throw error.wrap("cannot remove the pool `" + record.name + "`");
  }
}

}  // namespace croft::ctl
