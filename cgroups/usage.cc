#include "cgroups/usage.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "cgroups/reread.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
struct OpenGauge {
  runtime::Fd file;
  const Gauge* gauge;
  bool wanted;  // not only in whole readings
};

[[noreturn]] void fail_gone(const std::string& name) {
  throw runtime::Error(runtime::ErrorKind::kNotFound, "there is no cgroup `" + name + "`");
}

}  // namespace

struct Meter::Files {
  std::string name;
  Wanted wanted;
  std::vector<OpenGauge> open;
  std::optional<GroupSockets> sockets;

  void add(const runtime::Fd& directory, const Gauge& gauge, const Wanted& also) {
    const bool is_wanted = gauge.when == nullptr || wanted.*gauge.when;
    if (!is_wanted && !(also.*gauge.when)) return;
    runtime::Fd file(::openat(directory.get(), gauge.file, O_RDONLY | O_CLOEXEC));
    if (!file && errno == ENODEV) fail_gone(name);
    if (!file && errno != ENOENT && errno != EOPNOTSUPP)
      runtime::fail_errno("cannot open `" + std::string(gauge.file) + "` of the cgroup `" + name + "`");
    if (file) open.push_back({std::move(file), &gauge, is_wanted});
  }

  void read(const OpenGauge& one, Text& text, Reading& reading) const {
    int error = 0;
    const std::string_view content = text.read(one.file, error);
    if (error == ENODEV) fail_gone(name);
    if (error == 0) one.gauge->read(content, wanted, reading);
  }
};

Meter::Meter(const Layout& layout, const GroupPath& path, const Wanted& wanted, const Wanted& also)
    : files_(std::make_unique<Files>(Files{relative_path(path), wanted, {}, {}})) {
  const auto open_in = [&](std::size_t hierarchy) {
    const std::string at = layout.hierarchies[hierarchy].mount + "/" + files_->name;
    runtime::Fd directory(::open(at.c_str(), kDirectory));
    if (!directory && errno == ENOENT) fail_gone(files_->name);
    if (!directory) runtime::fail_errno("cannot open the cgroup `" + at + "`");
    return directory;
  };
  const auto add = [&](const auto& facet) {
    if (!facet) return;
    const runtime::Fd directory = open_in(facet->hierarchy);
    for (const Gauge& gauge : facet->driver->gauges) files_->add(directory, gauge, also);
  };
  add(layout.cpu_usage);
  add(layout.cpu);
  add(layout.memory);
  add(layout.tasks);
  add(layout.io);
  if (wanted.sockets && layout.socket_programs)
    files_->sockets = GroupSockets::open(open_in(*layout.unified));
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
    if (!one.wanted) continue;
    files_->read(one, text, *reading);
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
  for (const OpenGauge& one : files_->open) files_->read(one, text, reading);
  return reading;
}

}  // namespace croft::cgroups
