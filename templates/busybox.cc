#include "templates/busybox.h"

#include <elf.h>

#include <array>
#include <cstring>
#include <sstream>
#include <utility>

#include "runtime/error.h"
#include "runtime/program.h"
#include "templates/assemble.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::time_t kTime = 1767225600;  // 2026-01-01; the same binary makes the same layer on any day
constexpr std::size_t kMaxBinary = std::size_t{32} << 20;

// Applets that would drive the host's hardware or kernel, or pretend to be a package manager. busybox itself
// still has them; they are only not in the way.
constexpr std::array<std::string_view, 8> kLeftOut{"dpkg",   "dpkg-deb", "rpm",      "rpm2cpio",
                                                   "insmod", "rmmod",    "modprobe", "depmod"};

constexpr std::string_view kInittab =
    "# What busybox's init runs; see /etc/init.d/rcS for the services.\n"
    "::sysinit:/etc/init.d/rcS\n"
    "console::respawn:-/bin/sh\n"
    "::shutdown:/etc/init.d/rcK\n"
    "::restart:/sbin/init\n";

constexpr std::string_view kStart =
    "#!/bin/sh\n"
    "# Runs once when the container starts, then every /etc/init.d/S* in order.\n"
    "mkdir -p /run/lock /var/log /var/tmp\n"
    "chmod 1777 /run/lock /var/tmp\n"
    "for service in /etc/init.d/S*; do\n"
    "  [ -x \"$service\" ] && \"$service\" start\n"
    "done\n"
    "exit 0\n";

constexpr std::string_view kStop =
    "#!/bin/sh\n"
    "# Runs once before the container stops: every /etc/init.d/S* in reverse order.\n"
    "for service in $(ls -r /etc/init.d/S* 2>/dev/null); do\n"
    "  [ -x \"$service\" ] && \"$service\" stop\n"
    "done\n"
    "exit 0\n";

constexpr std::string_view kSyslog =
    "#!/bin/sh\n"
    "# The system log, in memory: read it with logread.\n"
    "case \"$1\" in\n"
    "  start) start-stop-daemon -S -q -x /sbin/syslogd -- -C128 ;;\n"
    "  stop) start-stop-daemon -K -q -x /sbin/syslogd ;;\n"
    "esac\n";

Entry entry_at(std::string path, EntryType type, mode_t mode) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = type;
  entry.mode = mode;
  entry.mtime = {kTime, 0};
  return entry;
}

class Root {
 public:
  void directory(std::string path, mode_t mode = 0755) {
    files_.push_back({entry_at(std::move(path), EntryType::kDirectory, mode), {}});
  }
  void file(std::string path, std::string content, mode_t mode = 0644) {
    RootFile file{entry_at(std::move(path), EntryType::kFile, mode), std::move(content)};
    file.entry.size = file.content.size();
    files_.push_back(std::move(file));
  }
  void symlink(std::string path, std::string target) {
    RootFile file{entry_at(std::move(path), EntryType::kSymlink, 0777), {}};
    file.entry.target = std::move(target);
    files_.push_back(std::move(file));
  }
  std::vector<RootFile> take() { return std::move(files_); }

 private:
  std::vector<RootFile> files_;
};

void add_directories(Root& root) {
  root.directory("");
  for (const char* path : {"bin",
                           "dev",
                           "etc",
                           "etc/init.d",
                           "home",
                           "lib",
                           "mnt",
                           "proc",
                           "run",
                           "sbin",
                           "srv",
                           "sys",
                           "usr",
                           "usr/bin",
                           "usr/lib",
                           "usr/sbin",
                           "var",
                           "var/log",
                           "var/spool",
                           "var/spool/cron",
                           "var/spool/cron/crontabs"})
    root.directory(path);
  root.directory("root", 0700);
  root.directory("tmp", 01777);
  root.directory("var/tmp", 01777);
  root.symlink("var/run", "../run");
  root.symlink("var/lock", "../run/lock");
  root.symlink("etc/mtab", "../proc/self/mounts");
}

void add_accounts(Root& root) {
  root.file("etc/passwd",
            "root:x:0:0:root:/root:/bin/sh\n"
            "daemon:x:1:1:daemon:/:/sbin/nologin\n"
            "nobody:x:65534:65534:nobody:/:/sbin/nologin\n");
  root.file("etc/group",
            "root:x:0:\ndaemon:x:1:\ntty:x:5:\nutmp:x:43:\nstaff:x:50:\nusers:x:100:\nnogroup:x:65534:\n");
  root.file("etc/shadow",
            "root:*:20454:0:99999:7:::\ndaemon:*:20454:0:99999:7:::\nnobody:*:20454:0:99999:7:::\n", 0600);
  root.file("etc/shells", "/bin/sh\n/bin/ash\n");
}

void add_configuration(Root& root, const std::string& version) {
  root.file("etc/os-release", "ID=busybox\nNAME=BusyBox\nVERSION_ID=" + version + "\nPRETTY_NAME=\"BusyBox " +
                                  version + "\"\n");
  root.file("etc/inittab", std::string(kInittab));
  root.file("etc/init.d/rcS", std::string(kStart), 0755);
  root.file("etc/init.d/rcK", std::string(kStop), 0755);
  root.file("etc/init.d/S10syslog", std::string(kSyslog), 0755);
  root.file("etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
  root.file("etc/profile",
            "export PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
            "PS1='\\u@\\h:\\w\\$ '\n");
  root.file("etc/fstab", "");
}

bool left_out(std::string_view path) {
  const std::string_view name = name_of(path);
  return name == "busybox" || name == "linuxrc" ||
         std::find(kLeftOut.begin(), kLeftOut.end(), name) != kLeftOut.end();
}

// "BusyBox v1.35.0 (Debian ...) multi-call binary." -> "1.35.0"
std::string version_in(const std::string& banner) {
  const std::size_t at = banner.find(" v");
  if (at == std::string::npos) return "0";
  const std::size_t end = banner.find_first_not_of("0123456789.", at + 2);
  return banner.substr(at + 2, end == std::string::npos ? end : end - at - 2);
}

}  // namespace

bool is_static_elf(std::string_view binary) {
  Elf64_Ehdr header{};
  if (binary.size() < sizeof header || !binary.starts_with(ELFMAG) || binary[EI_CLASS] != ELFCLASS64)
    return false;
  std::memcpy(&header, binary.data(), sizeof header);
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    const std::size_t at = header.e_phoff + i * sizeof segment;
    if (header.e_phentsize != sizeof segment || at > binary.size() || binary.size() - at < sizeof segment)
      return false;
    std::memcpy(&segment, binary.data() + at, sizeof segment);
    if (segment.p_type == PT_INTERP) return false;
  }
  return header.e_phnum > 0;
}

std::vector<RootFile> busybox_root(std::string binary, const std::vector<std::string>& applets,
                                   const std::string& version) {
  Root root;
  add_directories(root);
  root.file("bin/busybox", std::move(binary), 0755);
  for (const std::string& applet : applets) {
    const std::string path = clean_path(applet);
    if (!left_out(path)) root.symlink(path, "/bin/busybox");
  }
  add_accounts(root);
  add_configuration(root, version);
  return root.take();
}

Build prepare_busybox(Store& store, const std::string& name, const BuildRequest& request) {
  const std::string program = runtime::find_program("busybox", request.search_path);
  const std::string binary = program.empty() ? std::string() : runtime::read_file(program, kMaxBinary);
  if (!is_static_elf(binary))
    throw Error(ErrorKind::kUnsupported, program.empty() ? "the program busybox is not installed"
                                                         : "`" + program + "` is not linked statically")
        .cure("install it: apt-get install busybox-static");
  return [&store, name, program, binary](const Control& control) {
    std::vector<std::string> applets;
    std::istringstream list(runtime::output_of({program, "--list-full"}, {}));
    for (std::string line; std::getline(list, line);) applets.push_back(line);
    const std::vector<RootFile> files =
        busybox_root(binary, applets, version_in(runtime::output_of({program}, {})));
    return assemble(store, name, control, [&](Unpacker& unpacker, Report&) {
      for (const RootFile& file : files) {
        unpacker.begin(file.entry);
        if (!file.content.empty()) unpacker.data(0, file.content);
        unpacker.end();
      }
    });
  };
}

}  // namespace croft::templates
