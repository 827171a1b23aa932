// What the whole host has left, and how long it made its processes wait.
#include <algorithm>

#include "cgroups/figures.h"
#include "cgroups/reread.h"
#include "cgroups/usage.h"

namespace croft::cgroups {
namespace {

runtime::Fd open_if_there(const std::string& path) {
  return runtime::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

Bytes kibibytes(std::string_view text, std::string_view key) {
  return {number_of_line(text, key).value_or(0) * 1024};
}

void read_memory(std::string_view text, HostReading& reading) {
  reading.memory_total = kibibytes(text, "MemTotal:");
  reading.memory_available = kibibytes(text, "MemAvailable:");
  reading.swap_total = kibibytes(text, "SwapTotal:");
  reading.swap_free = kibibytes(text, "SwapFree:");
}

// "0.00 0.01 0.05 2/380 1234": the fourth word.
std::uint64_t running(std::string_view text) {
  std::string_view word;
  for (int i = 0; i < 4; ++i)
    if (!next_word(text, word)) return 0;
  return leading_number(word).value_or(0);
}

// "0-3,8": a kernel's list of numbers.
std::uint64_t items_of_list(std::string_view text) {
  std::uint64_t items = 0;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    const auto first = leading_number(part);
    const std::size_t dash = part.find('-');
    const auto last = dash == std::string_view::npos ? first : leading_number(part.substr(dash + 1));
    if (first && last && *last >= *first) items += *last - *first + 1;
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return items;
}

// Documentation/admin-guide/iostats.rst: major, minor, name, then the tenth field is the milliseconds with
// I/O.
constexpr int kBusyWord = 12;

bool is_disk(const runtime::Fd& block, std::string_view name) {
  std::array<char, 64> path{};
  constexpr std::string_view kDevice = "/device";  // neither partitions nor loop, md and dm devices have one
  if (name.empty() || name.size() + kDevice.size() >= path.size()) return false;
  std::copy(kDevice.begin(), kDevice.end(), std::copy(name.begin(), name.end(), path.begin()));
  return ::faccessat(block.get(), path.data(), F_OK, 0) == 0;
}

void read_disks(std::string_view text, const runtime::Fd& block, HostReading::Disks& disks) {
  std::string_view line;
  while (disks.count < disks.busy.size() && next_line(text, line)) {
    std::string_view word, name;
    int at = -1;
    while (at < kBusyWord && next_word(line, word))
      if (++at == 2) name = word;
    if (at == kBusyWord && is_disk(block, name))
      disks.busy.at(disks.count++) = Micros{leading_number(word).value_or(0) * 1000};
  }
}

// mm/vmscan.c counts these only where it reclaims for the host.
std::optional<std::uint64_t> scanned(std::string_view text) {
  const auto kswapd = number_of_line(text, "pgscan_kswapd");
  const auto direct = number_of_line(text, "pgscan_direct");
  if (!kswapd || !direct) return std::nullopt;
  return *kswapd + *direct;
}

}  // namespace

struct HostMeter::Files {
  runtime::Fd meminfo, loadavg, online, cpu, memory, io, vmstat, diskstats, block;
};

HostMeter::HostMeter(const Roots& roots)
    : files_(std::make_unique<Files>(Files{.meminfo = runtime::open_file(roots.proc + "/meminfo", O_RDONLY),
                                           .loadavg = runtime::open_file(roots.proc + "/loadavg", O_RDONLY),
                                           .online = open_if_there(roots.sys + "/devices/system/cpu/online"),
                                           .cpu = open_if_there(roots.proc + "/pressure/cpu"),
                                           .memory = open_if_there(roots.proc + "/pressure/memory"),
                                           .io = open_if_there(roots.proc + "/pressure/io"),
                                           .vmstat = open_if_there(roots.proc + "/vmstat"),
                                           .diskstats = open_if_there(roots.proc + "/diskstats"),
                                           .block = open_if_there(roots.sys + "/class/block")})) {}

HostMeter::HostMeter(HostMeter&&) noexcept = default;
HostMeter& HostMeter::operator=(HostMeter&&) noexcept = default;
HostMeter::~HostMeter() = default;

HostReading HostMeter::read() const {
  HostReading reading;
  reading.at = boot_time();
  Text text;
  int error = 0;
  read_memory(text.read(files_->meminfo, error), reading);
  reading.running = running(text.read(files_->loadavg, error));
  if (files_->online)
    reading.cpus = std::max<std::uint64_t>(1, items_of_list(text.read(files_->online, error)));
  const auto stall = [&](const runtime::Fd& file, std::optional<Micros>& to) {
    if (file) set(to, stall_total(text.read(file, error), "some"));
  };
  stall(files_->cpu, reading.cpu_stall);
  stall(files_->memory, reading.memory_stall);
  stall(files_->io, reading.io_stall);
  if (files_->vmstat) reading.scanned = scanned(text.read(files_->vmstat, error));
  if (files_->diskstats && files_->block)
    read_disks(text.read(files_->diskstats, error), files_->block, reading.disks);
  return reading;
}

}  // namespace croft::cgroups
