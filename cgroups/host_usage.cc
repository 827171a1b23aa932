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

}  // namespace

struct HostMeter::Files {
  runtime::Fd meminfo, loadavg, online, cpu, memory, io;
};

HostMeter::HostMeter(const std::string& proc, const std::string& online)
    : files_(std::make_unique<Files>(Files{.meminfo = runtime::open_file(proc + "/meminfo", O_RDONLY),
                                           .loadavg = runtime::open_file(proc + "/loadavg", O_RDONLY),
                                           .online = open_if_there(online),
                                           .cpu = open_if_there(proc + "/pressure/cpu"),
                                           .memory = open_if_there(proc + "/pressure/memory"),
                                           .io = open_if_there(proc + "/pressure/io")})) {}

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
  return reading;
}

}  // namespace croft::cgroups
