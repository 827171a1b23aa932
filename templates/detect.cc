// What an image is, found by looking at a few of its files. The image decides nothing here but its own
// description: paths are resolved inside its root, only regular files are read, and what they say is bounded
// and printable.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "templates/manifest.h"
#include "templates/merged.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr std::size_t kMaxOsRelease = 65536;
constexpr std::size_t kMaxFact = 128;
constexpr std::size_t kElfHeader = 20;  // up to e_machine

using Roots = std::vector<Fd>;

struct File {
  Fd fd;
  struct stat info {};
};

// A regular file of the image; nothing when it is missing or something else. Never blocks on a fifo.
std::optional<File> open_regular(const Roots& root, const char* path) {
  try {
    File file{open_merged(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY)};
    if (fstat(file.fd.get(), &file.info) == 0 && S_ISREG(file.info.st_mode)) return file;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kExhausted) throw;  // not the image's doing
  }
  return std::nullopt;
}

std::string head_of(const Fd& fd, std::size_t limit) {
  std::string text(limit, '\0');
  const ssize_t got = pread(fd.get(), text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

// The value of a line KEY=VALUE as os-release(5) has it: plain or in quotes, with backslash escapes.
std::string unquoted(std::string_view value) {
  std::string text;
  char quote = 0;
  for (std::size_t i = 0; i < value.size() && text.size() < kMaxFact; ++i) {
    const char c = value[i];
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote != 0 && c == quote) {
      break;
    } else if (c == '\\' && quote != '\'' && i + 1 < value.size()) {
      text += value[++i];
    } else {
      text += c;
    }
  }
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  return text;
}

void read_os_release(const Roots& root, Os& os) {
  std::optional<File> file = open_regular(root, "/etc/os-release");
  if (!file) file = open_regular(root, "/usr/lib/os-release");
  if (!file) return;
  const std::string text = head_of(file->fd, kMaxOsRelease);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.starts_with("ID=")) os.id = unquoted(line.substr(3));
    if (line.starts_with("VERSION_ID=")) os.version = unquoted(line.substr(11));
    if (line.starts_with("PRETTY_NAME=")) os.pretty = unquoted(line.substr(12));
    at = end + 1;
  }
}

struct Machine {
  unsigned number;  // e_machine of elf(5)
  int bits;
  bool big_endian;
  const char* name;  // of utsname.machine
};
constexpr std::array<Machine, 11> kMachines{{
    {62, 64, false, "x86_64"},
    {62, 32, false, "x86_64"},
    {3, 32, false, "i686"},
    {183, 64, false, "aarch64"},
    {40, 32, false, "armv7l"},
    {243, 64, false, "riscv64"},
    {21, 64, false, "ppc64le"},
    {21, 64, true, "ppc64"},
    {22, 64, true, "s390x"},
    {258, 64, false, "loongarch64"},
    {8, 64, false, "mips64"},
}};

// Empty when the file is not an ELF program; "unknown" when it is one for a machine not in the table.
std::string machine_of(const Fd& fd) {
  const std::string head = head_of(fd, kElfHeader);
  if (head.size() < kElfHeader || !head.starts_with("\177ELF")) return {};
  const bool big_endian = head[5] == 2;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(head[i])); };
  const unsigned number = big_endian ? byte(18) << 8 | byte(19) : byte(19) << 8 | byte(18);
  const int bits = head[4] == 2 ? 64 : 32;
  for (const Machine& machine : kMachines)
    if (machine.number == number && machine.bits == bits && machine.big_endian == big_endian)
      return machine.name;
  return "unknown";
}

std::string find_architecture(const Roots& root) {
  for (const char* path :
       {"/sbin/init", "/bin/sh", "/bin/busybox", "/usr/bin/env", "/usr/lib/systemd/systemd"}) {
    const std::optional<File> file = open_regular(root, path);
    std::string machine = file ? machine_of(file->fd) : std::string();
    if (!machine.empty()) return machine;
  }
  return {};
}

bool same_file(const std::optional<File>& file, const Roots& root, const char* path) {
  const std::optional<File> other = open_regular(root, path);
  return file && other && file->info.st_ino == other->info.st_ino && file->info.st_dev == other->info.st_dev;
}

bool is_executable(const std::optional<File>& file) {
  return file && (file->info.st_mode & 0111) != 0;
}

void find_init(const Roots& root, Manifest& manifest) {
  const std::optional<File> init = open_regular(root, "/sbin/init");
  const auto settle = [&](InitKind kind, const char* path) {
    manifest.init = kind;
    manifest.command = {path};
  };
  if (!is_executable(init)) {
    if (is_executable(open_regular(root, "/usr/lib/systemd/systemd")))
      return settle(InitKind::kSystemd, "/usr/lib/systemd/systemd");
    if (is_executable(open_regular(root, "/sbin/openrc-init")))
      return settle(InitKind::kOpenrc, "/sbin/openrc-init");
    if (manifest.command.empty() && is_executable(open_regular(root, "/bin/sh")))
      manifest.command = {"/bin/sh"};
    return;
  }
  for (const char* path : {"/usr/lib/systemd/systemd", "/lib/systemd/systemd"})
    if (same_file(init, root, path)) return settle(InitKind::kSystemd, "/sbin/init");
  for (const char* path : {"/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static"})
    if (same_file(init, root, path)) return settle(InitKind::kBusybox, "/sbin/init");
  for (const char* path : {"/sbin/openrc-init", "/usr/bin/openrc-init"})
    if (same_file(init, root, path)) return settle(InitKind::kOpenrc, "/sbin/init");
  settle(open_regular(root, "/etc/inittab") ? InitKind::kSysvinit : InitKind::kNone, "/sbin/init");
}

}  // namespace

void detect(const Roots& layers, Manifest& manifest) {
  read_os_release(layers, manifest.os);
  if (std::string found = find_architecture(layers); !found.empty()) manifest.architecture = std::move(found);
  find_init(layers, manifest);
}

void check_architecture(const Manifest& manifest, std::string_view machine) {
  const bool runs = manifest.architecture.empty() || manifest.architecture == machine ||
                    (manifest.architecture == "i686" && machine == "x86_64");
  if (!runs)
    throw Error(ErrorKind::kUnsupported,
                "its programs are for " +
                    (manifest.architecture == "unknown" ? std::string("another kind of processor")
                                                        : manifest.architecture) +
                    ", but this host is " + std::string(machine))
        .cure("import an image for " + std::string(machine));
}

}  // namespace croft::templates
