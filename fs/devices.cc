#include "fs/devices.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "fs/pool.h"
#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr int kDeepest = 4;  // /dev/bus/usb/001/002
constexpr const char* kBound = "1m";

bool is_device(mode_t mode) {
  return S_ISCHR(mode) || S_ISBLK(mode);
}

void add(const std::string& root, const std::string& path, int depth, std::vector<DeviceNode>& found) {
  const std::string whole = root + "/" + path;
  struct stat info {};
  if (stat(whole.c_str(), &info) != 0) {
    if (depth > 0) return;  // it has just gone
    throw Error(ErrorKind::kNotFound, "there is no device `" + whole + "` on this host");
  }
  if (is_device(info.st_mode)) {
    if (found.size() == kMaxDeviceNodes)
      throw Error(ErrorKind::kExhausted,
                  "`" + path + "` has more than " + std::to_string(kMaxDeviceNodes) + " devices");
    found.push_back({path, info.st_mode, info.st_rdev});
  } else if (S_ISDIR(info.st_mode) && depth < kDeepest) {
    for (const std::string& name : names_in(whole)) add(root, path + "/" + name, depth + 1, found);
  } else if (depth == 0) {
    throw Error(ErrorKind::kInvalid, "`" + whole + "` is no device");
  }
}

Fd new_dev(std::uint32_t owner) {
  const Fd context(static_cast<int>(syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC)));
  if (!context) runtime::fail_errno("cannot make a tmpfs");
  const std::string id = std::to_string(owner);
  const auto set = [&context](const char* key, const char* value) {
    if (syscall(SYS_fsconfig, context.get(), FSCONFIG_SET_STRING, key, value, 0) != 0)
      runtime::fail_errno(std::string("cannot set ") + key + " of a tmpfs");
  };
  set("mode", "755");
  set("size", kBound);
  set("nr_inodes", "4096");
  set("uid", id.c_str());
  set("gid", id.c_str());
  if (syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    runtime::fail_errno("cannot make a tmpfs");
  Fd mount(static_cast<int>(
      syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)));
  if (!mount) runtime::fail_errno("cannot mount a tmpfs");
  return mount;
}

void give(const Fd& dev, const std::string& path, std::uint32_t owner) {
  if (fchownat(dev.get(), path.c_str(), owner, owner, AT_SYMLINK_NOFOLLOW) != 0)
    runtime::fail_errno("cannot give away `/dev/" + path + "`");
}

void make_node(const Fd& dev, const DeviceNode& node, std::uint32_t owner) {
  for (std::size_t slash = node.path.find('/'); slash != std::string::npos;
       slash = node.path.find('/', slash + 1)) {
    const std::string directory = node.path.substr(0, slash);
    if (mkdirat(dev.get(), directory.c_str(), 0755) != 0) {
      if (errno != EEXIST) runtime::fail_errno("cannot make `/dev/" + directory + "`");
      continue;
    }
    give(dev, directory, owner);
  }
  if (mknodat(dev.get(), node.path.c_str(), node.mode & (S_IFMT | 0666), node.number) != 0) {
    if (errno == EEXIST) return;  // asked for twice, by itself and with its directory
    runtime::fail_errno("cannot make `/dev/" + node.path + "`");
  }
  give(dev, node.path, owner);
  // mknod(2) took the umask off.
  if (fchmodat(dev.get(), node.path.c_str(), node.mode & 0666, 0) != 0)
    runtime::fail_errno("cannot set the mode of `/dev/" + node.path + "`");
}

}  // namespace

std::vector<DeviceNode> find_devices(const std::string& path, const std::string& root) {
  std::vector<DeviceNode> found;
  add(root, path, 0, found);
  return found;
}

runtime::Description MakeDev::describe() const {
  std::string text;
  for (const DeviceNode& node : nodes)
    text += (text.empty() ? "" : ", ") + node.path + (S_ISBLK(node.mode) ? " b " : " c ") +
            std::to_string(major(node.number)) + ":" + std::to_string(minor(node.number));
  return {"make", "/dev with the host's devices", text};
}

void MakeDev::apply() const {
  Fd dev = new_dev(owner);
  for (const DeviceNode& node : nodes) make_node(dev, node, owner);
  *out = std::move(dev);
}

void MakeDev::undo() const noexcept {
  out->reset();
}

}  // namespace croft::fs
