#include "fs/pool_image.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "fs/loop.h"
#include "fs/pool_kinds.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// Containers' own mounts say what holds inside them; this one only keeps the host from what lies in it.
constexpr unsigned long kFlags = MS_NODEV | MS_NOSUID;

std::string megabytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + "M";
}

std::string directory_of(const std::string& file) {
  return file.substr(0, file.rfind('/'));
}

bool is_mount_root(const std::string& path) {
  struct statx status {};
  if (statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, 0, &status) != 0) return false;
  return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// 0, or what the kernel says.
int mount_as(const PoolImage& image, const LoopDevice& device, const std::string& options) {
  const bool done = mount(device.path.c_str(), image.place.c_str(), format_of(image.kind).type, kFlags,
                          options.c_str()) == 0;
  return done ? 0 : errno;
}

// What a kernel that lacks an option says of it. Any other failure is one of the file system or the device,
// and no reason to go without quotas.
bool lacks_option(int failure) {
  return failure == EINVAL || failure == EOPNOTSUPP || failure == ENOSYS || failure == ESRCH;
}

[[noreturn]] void fail_mount(const PoolImage& image, int failure) {
  throw Error(runtime::kind_of_errno(failure),
              "cannot mount `" + image.file + "` as " + format_of(image.kind).type, failure);
}

// One that has a device is in use somewhere, and was looked at when it was mounted there.
void mount_image(const PoolImage& image) {
  if (!has_loop(image.file)) format_of(image.kind).check(image.file);
  const LoopDevice device = attach_loop(image.file);
  int failure = 0;
  for (const PoolFormat::Way& way : format_of(image.kind).ways) {
    failure = mount_as(image, device, way.options);
    if (failure == 0) return;
    if (!lacks_option(failure)) break;
  }
  fail_mount(image, failure);
}

void unmount(const std::string& place) {
  while (is_mount_root(place))
    if (umount2(place.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
      runtime::fail_errno("cannot unmount `" + place + "`");
}

void resize_file(const PoolImage& image, int flags) {
  const runtime::Fd file = runtime::open_file(image.file, O_WRONLY | O_NOFOLLOW | flags, 0600);
  if (ftruncate(file.get(), static_cast<off_t>(image.bytes)) != 0)
    runtime::fail_errno("cannot make `" + image.file + "` " + megabytes(image.bytes) + " large");
}

void format(const PoolImage& image, const PoolFormat::Way& way) {
  std::vector<std::string> command = way.maker;
  command.push_back(image.file);
  run_tool(command, format_of(image.kind).package);
}

// The best way whose result this kernel mounts.
void format_and_mount(const PoolImage& image) {
  const PoolFormat& chosen = format_of(image.kind);
  int failure = 0;
  for (const PoolFormat::Way& way : chosen.ways) {
    format(image, way);
    failure = mount_as(image, attach_loop(image.file), way.options);
    if (failure == 0) return chosen.prepare(image.place);
    if (!lacks_option(failure)) break;
  }
  fail_mount(image, failure);
}

}  // namespace

void check_image(const PoolImage& image) {
  if (image.bytes < kLeastImage)
    throw Error(ErrorKind::kInvalid, "a pool of " + megabytes(image.bytes) + " is too small")
        .cure("give it at least " + megabytes(kLeastImage));
  std::string place = directory_of(image.file);
  if (!runtime::exists(place)) place = directory_of(place);
  struct statvfs info {};
  if (statvfs(place.c_str(), &info) != 0) runtime::fail_errno("cannot look at `" + place + "`");
  struct stat own {};
  const bool there = stat(image.file.c_str(), &own) == 0;
  const std::uint64_t taken = there ? static_cast<std::uint64_t>(own.st_blocks) * 512 : 0;
  const std::uint64_t room = std::uint64_t{info.f_bavail} * info.f_frsize + taken;
  if (image.bytes <= room) return;
  throw Error(ErrorKind::kExhausted,
              "`" + place + "` has " + megabytes(room) + " for a pool of " + megabytes(image.bytes))
      .cure("make it smaller, or lay it on a larger file system");
}

void make_image(const PoolImage& image) {
  check_image(image);
  resize_file(image, O_CREAT | O_EXCL);
  try {
    format_and_mount(image);
  } catch (...) {
    unmount(image.place);
    unlink(image.file.c_str());
    throw;
  }
}

bool is_mounted(const PoolImage& image) {
  return is_mount_root(image.place);
}

void bring_up_image(const PoolImage& image) {
  if (!runtime::exists(image.file))
    throw Error(ErrorKind::kNotFound, "the pool's file `" + image.file + "` is gone")
        .cure("put it back, or mount what it lies on, and restart croftd");
  if (!is_mounted(image)) mount_image(image);
}

void grow_image(const PoolImage& image) {
  check_image(image);
  struct stat info {};
  if (stat(image.file.c_str(), &info) != 0) runtime::fail_errno("cannot look at `" + image.file + "`");
  if (static_cast<std::uint64_t>(info.st_size) < image.bytes) resize_file(image, 0);
  const std::uint64_t bytes = resize_loop(attach_loop(image.file));
  format_of(image.kind).grow(image.place, bytes);
}

void remove_image(const PoolImage& image) {
  unmount(image.place);
  if (unlink(image.file.c_str()) != 0 && errno != ENOENT)
    runtime::fail_errno("cannot remove `" + image.file + "`");
}

runtime::Description MakePoolImage::describe() const {
  return {"make file system", image.file,
          std::string(to_text(image.kind)) + " of " + megabytes(image.bytes) + ", at " + image.place};
}

void MakePoolImage::undo() const noexcept {
  try {
    remove_image(image);
  } catch (const Error&) {  // the daemon's next start removes it
    return;
  }
}

void MakePoolDirectory::apply() const {
  make_empty_directory(path);
}

void MakePoolDirectory::undo() const noexcept {
  rmdir(path.c_str());
}

}  // namespace croft::fs
