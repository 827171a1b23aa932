#include "fs/view/group.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <optional>

#include "cgroups/figures.h"
#include "fs/view/group_text.h"
#include "fs/view/note.h"
#include "runtime/error.h"

namespace croft::view {
namespace {

constexpr std::uint64_t kMicrosInSecond = 1'000'000;

cgroups::GroupPath whole(const std::string& path) {
  return {.root = path, .tenant = "", .uuid = ""};
}

// Of CPU time and tasks, or of memory.
cgroups::Wanted wanted(bool times) {
  cgroups::Wanted all;
  all.modes = times;
  all.swap = !times;
  all.events = false;
  return all;
}

runtime::Fd open_if_there(const std::string& path) {
  return runtime::Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

template <class Facet>
std::string directory_of(const Host& host, const Facet& facet, const std::string& path) {
  return facet ? host.layout.hierarchies[facet->hierarchy].mount + "/" + path : "";
}

// The host's CPUs where there is no note: from a container that an older Croft started.
unsigned online() {
  return static_cast<unsigned>(std::clamp<long>(sysconf(_SC_NPROCESSORS_ONLN), 1, kMaxCpus));
}

std::uint64_t seconds_of_boot() {
  return static_cast<std::uint64_t>(time(nullptr)) - cgroups::boot_time().count / kMicrosInSecond;
}

}  // namespace

Host open_host(const cgroups::Roots& roots, const std::string& notes) {
  Host host;
  host.layout = cgroups::detect(roots, false);
  host.meminfo = runtime::open_file(roots.proc + "/meminfo", O_RDONLY);
  host.diskstats = open_if_there(roots.proc + "/diskstats");
  host.cpuinfo = runtime::read_file(roots.proc + "/cpuinfo", std::size_t{4} << 20);
  host.notes = runtime::open_file(notes, O_PATH | O_DIRECTORY);
  host.boot = seconds_of_boot();
  return host;
}

Group::Group(const Host& host, Shared& shared, std::string path, std::string uuid)
    : path_(std::move(path)),
      uuid_(std::move(uuid)),
      note_(openat(host.notes.get(), uuid_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)),
      meter_(host.layout, whole(path_), wanted(true)),
      memory_meter_(host.layout, whole(path_), wanted(false)),
      memory_stat_(open_if_there(directory_of(host, host.layout.memory, path_) + "/memory.stat")) {
  bounds_.cpus = online();
  bounds_.started = cgroups::boot_time().count;
  const std::string io = directory_of(host, host.layout.io, path_);
  disks_.bytes = open_if_there(io + "/io.stat");
  if (!disks_.bytes) {
    disks_.bytes = open_if_there(io + "/blkio.throttle.io_service_bytes_recursive");
    disks_.operations = open_if_there(io + "/blkio.throttle.io_serviced_recursive");
  }
  if (host.layout.unified) {
    const std::string at = host.layout.hierarchies[*host.layout.unified].mount + "/" + path_;
    pressure_[0] = open_if_there(at + "/cpu.pressure");
    pressure_[1] = open_if_there(at + "/memory.pressure");
    pressure_[2] = open_if_there(at + "/io.pressure");
  }
  tick(host, shared);
}

void Group::read_note(const Host& host) {
  if (!note_) note_.reset(openat(host.notes.get(), uuid_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info {};
  if (note_ && fstat(note_.get(), &info) == 0 && info.st_nlink == 0)  // of a run that is over
    throw runtime::Error(runtime::ErrorKind::kNotFound, "the container `" + uuid_ + "` has ended");
  std::array<char, kNoteSize> text{};
  const ssize_t size = note_ ? pread(note_.get(), text.data(), text.size(), 0) : -1;
  if (size > 0) parse_note({text.data(), static_cast<std::size_t>(size)}, bounds_);
}

unsigned Group::cpus(const Host& host) {
  read_note(host);
  return bounds_.cpus;
}

const Clocks& Group::take_times(Shared& shared, const cgroups::Reading& reading) {
  const std::uint64_t now = reading.at.count;
  const std::uint64_t used = reading.cpu ? reading.cpu->count : 0;
  const std::uint64_t user = reading.cpu_user ? std::min(reading.cpu_user->count, used) : used;
  return record_of(shared, uuid_, bounds_.started, now).update(bounds_.cpus, [&](Clocks& clocks) {
    advance(clocks, now, bounds_.started, user, used - user, bounds_.cpus);
    tick_load(clocks, now, bounds_.started, used);
  });
}

// One that rests, as most do, costs one short read.
void Group::tick(const Host& host, Shared& shared) {
  read_note(host);
  if (auto now = ticked_ ? meter_.read_if_run(*ticked_) : meter_.read())
    ticked_ = now;
  else
    ticked_->at = cgroups::boot_time();
  take_times(shared, *ticked_);
}

void Group::take_memory(const Host& host, Sample& sample) {
  const cgroups::Reading reading = memory_meter_.read();
  cgroups::Text text;
  int error = 0;
  sample.host = read_host_memory(text.read(host.meminfo, error));
  sample.pages = {};
  sample.pages.used = reading.memory ? reading.memory->count : 0;
  sample.pages.swapped = reading.swap ? reading.swap->count : 0;
  if (memory_stat_) read_pages(text.read(memory_stat_, error), sample.pages);
}

// Where the kernel counts no allocations that failed, those that it killed for are what is known.
void Group::take_counters(const Host& host, Sample& sample) {
  if (!counters_) {
    cgroups::Wanted all;
    all.swap = all.peaks = all.memory_parts = true;
    counters_.emplace(host.layout, whole(path_), all);
    tasks_limit_ = open_if_there(directory_of(host, host.layout.tasks, path_) + "/pids.max");
  }
  const auto bytes = [](const std::optional<cgroups::Bytes>& value) {
    return value ? std::optional(value->count) : std::nullopt;
  };
  const cgroups::Reading reading = counters_->read();
  cgroups::Text text;
  int error = 0;
  sample.tasks = reading.tasks.value_or(0);
  Counters& counters = sample.counters;
  counters = {};
  counters.kernel = bytes(reading.memory_parts.kernel);
  counters.locked = bytes(reading.memory_parts.locked);
  counters.memory_peak = bytes(reading.memory_peak);
  counters.tasks_peak = reading.tasks_peak;
  if (tasks_limit_) counters.tasks_limit = cgroups::leading_number(text.read(tasks_limit_, error));
  counters.refused_tasks = reading.refused_tasks.value_or(0);
  counters.killed = reading.oom_kills.value_or(0);
  counters.refused_memory = reading.oom_events.value_or(counters.killed);
}

void Group::take_disks(const Host& host, Sample& sample) {
  cgroups::Text text;
  int error = 0;
  std::size_t count = 0;
  if (disks_.bytes) count = read_disks(text.read(disks_.bytes, error), true, sample.disks, count);
  if (disks_.operations) count = read_disks(text.read(disks_.operations, error), false, sample.disks, count);
  sample.disk_count = host.diskstats ? name_disks(text.read(host.diskstats, error), sample.disks, count) : 0;
}

void Group::take(const Host& host, Shared& shared, Kind kind, Sample& sample) {
  read_note(host);
  sample.bounds = bounds_;
  sample.cpuinfo = host.cpuinfo;
  const bool memory =
      kind == Kind::kMeminfo || kind == Kind::kVmstat || kind == Kind::kSwaps || kind == Kind::kNodeMeminfo;
  if (memory || kind == Kind::kBeancounters) take_memory(host, sample);
  if (kind == Kind::kBeancounters) take_counters(host, sample);
  if (kind == Kind::kDiskstats || kind == Kind::kVmstat) take_disks(host, sample);
  if (kind >= Kind::kPressureCpu && kind <= Kind::kPressureIo) {
    const runtime::Fd& file = pressure_[static_cast<int>(kind) - static_cast<int>(Kind::kPressureCpu)];
    int error = 0;
    sample.pressure = file ? text_.read(file, error) : std::string_view();
  }
  if (kind != Kind::kStat && kind != Kind::kUptime && kind != Kind::kLoadavg) return;
  const cgroups::Reading reading = meter_.read();
  const Clocks& clocks = take_times(shared, reading);
  const std::uint64_t now = reading.at.count;
  sample.uptime = now > bounds_.started ? now - bounds_.started : 0;
  sample.boot = host.boot;  // what ps(1) adds a process's start to, which the kernel counts from there
  sample.tasks = reading.tasks.value_or(0);
  sample.running =
      static_cast<std::uint64_t>(std::ceil(clocks.running - 0.05 > 0 ? clocks.running - 0.05 : 0));
  for (std::size_t i = 0; i < sample.load.size(); ++i)
    sample.load[i] = static_cast<std::uint64_t>(std::llround(clocks.load[i] * 100));
  std::copy_n(clocks.cpus.begin(), bounds_.cpus, sample.cpus.begin());
}

}  // namespace croft::view
