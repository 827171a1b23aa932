#include "cgroups/usage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <vector>

#include "cgroups/reread.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int kFile = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;

struct OpenGauge {
  runtime::Fd file;
  const Gauge* gauge;
};

// What only whole readings have: opened for each. An open file costs the kernel the page that it was read to.
struct RareGauge {
  std::size_t directory;
  const Gauge* gauge;
};

struct Directory {
  std::string path;
  ino_t inode;  // no group after this one has it
};

[[noreturn]] void fail_gone(const std::string& name) {
  throw runtime::Error(runtime::ErrorKind::kNotFound, "there is no cgroup `" + name + "`");
}

}  // namespace

struct Meter::Files {
  std::string name;
  Wanted wanted;
  std::vector<OpenGauge> open;
  std::vector<RareGauge> rare;
  std::vector<Directory> directories;
  std::optional<GroupSockets> sockets;

  [[nodiscard]] runtime::Fd open_directory(const std::string& path) const {
    runtime::Fd directory(::open(path.c_str(), kDirectory));
    if (!directory && errno == ENOENT) fail_gone(name);
    if (!directory) runtime::fail_errno("cannot open the cgroup `" + path + "`");
    return directory;
  }

  // Empty: the host has no such file.
  [[nodiscard]] runtime::Fd open_file(const runtime::Fd& directory, const Gauge& gauge) const {
    runtime::Fd file(::openat(directory.get(), gauge.file, kFile));
    if (!file && errno == ENODEV) fail_gone(name);
    if (!file && errno != ENOENT && errno != EOPNOTSUPP)
      runtime::fail_errno("cannot open `" + std::string(gauge.file) + "` of the cgroup `" + name + "`");
    return file;
  }

  void add(const std::string& path, std::span<const Gauge> gauges, const Wanted& also) {
    const runtime::Fd directory = open_directory(path);
    const std::size_t rare_before = rare.size();
    for (const Gauge& gauge : gauges) {
      if (gauge.when != nullptr && !(wanted.*gauge.when)) {
        if (also.*gauge.when) rare.push_back({directories.size(), &gauge});
      } else if (runtime::Fd file = open_file(directory, gauge)) {
        open.push_back({std::move(file), &gauge});
      }
    }
    if (rare.size() == rare_before) return;
    struct stat info {};
    if (fstat(directory.get(), &info) != 0) runtime::fail_errno("cannot look at the cgroup `" + path + "`");
    directories.push_back({path, info.st_ino});
  }

  void read(const runtime::Fd& file, const Gauge& gauge, Text& text, Reading& reading) const {
    int error = 0;
    const std::string_view content = text.read(file, error);
    if (error == ENODEV) fail_gone(name);
    if (error == 0) gauge.read(content, wanted, reading);
  }

  void read_rare(Text& text, Reading& reading) const {
    for (std::size_t i = 0; i < directories.size(); ++i) {
      const runtime::Fd directory = open_directory(directories[i].path);
      struct stat info {};
      if (fstat(directory.get(), &info) != 0 || info.st_ino != directories[i].inode) fail_gone(name);
      for (const RareGauge& one : rare) {
        if (one.directory != i) continue;
        if (const runtime::Fd file = open_file(directory, *one.gauge)) read(file, *one.gauge, text, reading);
      }
    }
  }
};

Meter::Meter(const Layout& layout, const GroupPath& path, const Wanted& wanted, const Wanted& also)
    : files_(std::make_unique<Files>(Files{relative_path(path), wanted, {}, {}, {}, {}})) {
  const auto path_in = [&](std::size_t hierarchy) {
    return layout.hierarchies[hierarchy].mount + "/" + files_->name;
  };
  const auto add = [&](const auto& facet) {
    if (facet) files_->add(path_in(facet->hierarchy), facet->driver->gauges, also);
  };
  add(layout.cpu_usage);
  add(layout.cpu);
  add(layout.memory);
  add(layout.tasks);
  add(layout.io);
  if (wanted.sockets && layout.socket_programs)
    files_->sockets = GroupSockets::open(files_->open_directory(path_in(*layout.unified)));
}

Meter::Meter(Meter&&) noexcept = default;
Meter& Meter::operator=(Meter&&) noexcept = default;
Meter::~Meter() = default;

Reading Meter::read() const {
  return *read_if_run({});
}

// CPU usage was opened first.
std::optional<Reading> Meter::read_if_run(const Reading& since) const {
  std::optional<Reading> reading(std::in_place);
  reading->at = boot_time();
  Text text;
  bool asked = since.cpu && !files_->wanted.io;
  for (const OpenGauge& one : files_->open) {
    files_->read(one.file, *one.gauge, text, *reading);
    if (asked && reading->cpu == since.cpu) return std::nullopt;
    asked = false;
  }
  if (const auto counts = files_->sockets ? files_->sockets->counts() : std::nullopt) {
    reading->tcp_sockets = counts->tcp;
    reading->other_sockets = counts->other;
    reading->refused_tcp = counts->refused_tcp;
    reading->refused_other = counts->refused_other;
  }
  return reading;
}

Reading Meter::read_whole() const {
  Reading reading;
  reading.at = boot_time();
  Text text;
  for (const OpenGauge& one : files_->open) files_->read(one.file, *one.gauge, text, reading);
  files_->read_rare(text, reading);
  return reading;
}

}  // namespace croft::cgroups
