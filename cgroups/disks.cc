#include "cgroups/disks.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "cgroups/files.h"
#include "cgroups/lines.h"
#include "cgroups/mountinfo.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

namespace files = std::filesystem;

std::optional<BlockDevice> parse_device(std::string_view text) {
  BlockDevice device;
  const auto [colon, error] = std::from_chars(text.data(), text.data() + text.size(), device.major);
  if (error != std::errc() || colon == text.data() + text.size() || *colon != ':') return std::nullopt;
  if (std::from_chars(colon + 1, text.data() + text.size(), device.minor).ec != std::errc())
    return std::nullopt;
  return device;
}

std::optional<BlockDevice> device_in(const std::string& file) {
  return runtime::exists(file) ? parse_device(runtime::read_file(file)) : std::nullopt;
}

// `folder` is a device's directory in sysfs; that of a partition lies in its disk's.
std::optional<BlockDevice> whole_disk(const std::string& folder) {
  return device_in(folder + (runtime::exists(folder + "/partition") ? "/../dev" : "/dev"));
}

// Those of the btrfs that has the device: its other members are not told anywhere else.
std::vector<BlockDevice> members(const Roots& roots, const std::string& name) {
  std::error_code none;
  for (const auto& file_system : files::directory_iterator(roots.sys + "/fs/btrfs", none)) {
    const files::path devices = file_system.path() / "devices";
    if (!files::exists(devices / name)) continue;
    std::vector<BlockDevice> found;
    for (const auto& device : files::directory_iterator(devices))
      if (const auto disk = whole_disk(device.path())) found.push_back(*disk);
    return found;
  }
  if (const auto disk = whole_disk(roots.sys + "/class/block/" + name)) return {*disk};
  return {};
}

struct statx look_at(const std::string& directory) {
  struct statx info {};
  if (statx(AT_FDCWD, directory.c_str(), AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_MNT_ID, &info) != 0)
    runtime::fail_errno("cannot look at `" + directory + "`");
  return info;
}

Disks sorted(std::vector<BlockDevice> devices, std::string reason) {
  std::sort(devices.begin(), devices.end());
  devices.erase(std::unique(devices.begin(), devices.end()), devices.end());
  return {devices, devices.empty() ? std::move(reason) : std::string()};
}

// A file system with a device number of its own making: the device is in its line of mountinfo, if it has
// one.
Disks of_mount(const Roots& roots, std::uint64_t id) {
  const auto mount = mount_of(runtime::read_file(roots.proc + "/self/mountinfo"), id);
  if (!mount) return {{}, "its mount cannot be seen from here"};
  std::error_code none;
  const std::string name = files::weakly_canonical(mount->source, none).filename();
  if (!mount->source.starts_with("/dev/") || name.empty())
    return {{}, mount->type + " has no block device of its own"};
  return sorted(members(roots, name), "the kernel tells nothing about " + mount->source);
}

}  // namespace

Disks disks_under(const Roots& roots, const std::string& directory) {
  const struct statx info = look_at(directory);
  if (info.stx_dev_major == 0) return of_mount(roots, info.stx_mnt_id);
  const BlockDevice device{info.stx_dev_major, info.stx_dev_minor};
  const auto disk = whole_disk(roots.sys + "/dev/block/" + to_text(device));
  return {{disk.value_or(device)}, {}};
}

std::string scheduler_of(const Roots& roots, const BlockDevice& device) {
  const std::string file = roots.sys + "/dev/block/" + to_text(device) + "/queue/scheduler";
  if (!runtime::exists(file)) return {};
  const std::string text = runtime::read_file(file);  // "mq-deadline [bfq] none"
  const std::size_t open = text.find('[');
  const std::size_t close = text.find(']', open);
  return close == std::string::npos ? std::string() : text.substr(open + 1, close - open - 1);
}

}  // namespace croft::cgroups
