#include "fs/loop.h"

#include <dirent.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr const char* kControl = "/dev/loop-control";
constexpr int kAttempts = 100;  // somebody else may take the free device first

std::string device_path(int number) {
  return "/dev/loop" + std::to_string(number);
}

bool holds(const Fd& device, const struct stat& file) {
  loop_info64 info{};
  return ioctl(device.get(), LOOP_GET_STATUS64, &info) == 0 && info.lo_inode == file.st_ino &&
         info.lo_device == file.st_dev;
}

std::optional<LoopDevice> attached_loop(const struct stat& file) {
  const std::unique_ptr<DIR, int (*)(DIR*)> blocks(opendir("/sys/block"), closedir);
  if (!blocks) return {};
  while (const dirent* entry = readdir(blocks.get())) {
    const std::string name = entry->d_name;
    if (!name.starts_with("loop") || !runtime::exists("/sys/block/" + name + "/loop")) continue;
    LoopDevice device{Fd(open(("/dev/" + name).c_str(), O_RDWR | O_CLOEXEC)), "/dev/" + name};
    if (device.fd && holds(device.fd, file)) return device;
  }
  return {};
}

// False when somebody else was faster.
bool configure(const Fd& device, const Fd& file, const std::string& path) {
  loop_config config{};
  config.fd = static_cast<__u32>(file.get());
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO;
  std::copy_n(path.data(), std::min<std::size_t>(path.size(), LO_NAME_SIZE - 1),
              reinterpret_cast<char*>(config.info.lo_file_name));
  if (ioctl(device.get(), LOOP_CONFIGURE, &config) == 0) return true;
  if (errno == EBUSY) return false;
  runtime::fail_errno("cannot make `" + path + "` a block device");
}

}  // namespace

bool has_loop(const std::string& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) runtime::fail_errno("cannot look at `" + file + "`");
  return attached_loop(info).has_value();
}

LoopDevice attach_loop(const std::string& path) {
  const Fd file = runtime::open_file(path, O_RDWR | O_NOFOLLOW);
  struct stat info {};
  if (fstat(file.get(), &info) != 0) runtime::fail_errno("cannot look at `" + path + "`");
  const Fd control = runtime::open_file(kControl, O_RDWR);
  for (int i = 0; i < kAttempts; ++i) {
    if (auto found = attached_loop(info)) return *std::move(found);
    const int number = ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) runtime::fail_errno("cannot get a loop device");
    LoopDevice device{runtime::open_file(device_path(number), O_RDWR), device_path(number)};
    if (configure(device.fd, file, path)) return device;
  }
  throw Error(ErrorKind::kBusy, "every free loop device was taken by somebody else");
}

std::uint64_t resize_loop(const LoopDevice& device) {
  if (ioctl(device.fd.get(), LOOP_SET_CAPACITY) != 0)
    runtime::fail_errno("cannot tell `" + device.path + "` that its file has grown");
  std::uint64_t bytes = 0;
  if (ioctl(device.fd.get(), BLKGETSIZE64, &bytes) != 0)
    runtime::fail_errno("cannot ask for the size of `" + device.path + "`");
  return bytes;
}

std::string loops_absent() {
  return runtime::exists(kControl) ? "" : "this kernel has no loop devices";
}

}  // namespace croft::fs
