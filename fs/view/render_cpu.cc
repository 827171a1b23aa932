#include <algorithm>
#include <cstdint>
#include <string_view>

#include "cgroups/figures.h"
#include "fs/view/render_parts.h"

namespace croft::view {
namespace {

constexpr std::uint64_t kMicrosInTick = 10'000;  // USER_HZ is 100 everywhere

void cpu_line(const CpuTime& time, Writer& out) {
  out << time.user / kMicrosInTick << " 0 " << time.system / kMicrosInTick << " " << time.idle / kMicrosInTick
      << " 0 0 0 0 0 0\n";
}

// A line of one processor, where it says how many there are and which this is.
void cpuinfo_line(std::string_view text, unsigned cpu, unsigned cpus, Writer& out) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, std::min(text.find_first_of("\t :"), text.size()));
  const bool core = text.starts_with("core id");
  const bool package = text.starts_with("physical id");
  const bool all = text.starts_with("siblings") || text.starts_with("cpu cores");
  const bool own =
      name == "processor" || core || text.starts_with("apicid") || text.starts_with("initial apicid");
  if (colon == std::string_view::npos || (!own && !package && !all)) {
    out << text << "\n";
    return;
  }
  const unsigned number = package ? 0 : all ? cpus : cpu;
  out << text.substr(0, colon) << ": " << std::uint64_t{number} << "\n";
}

void processor(std::string_view block, unsigned cpu, unsigned cpus, Writer& out) {
  std::string_view text;
  while (cgroups::next_line(block, text)) cpuinfo_line(text, cpu, cpus, out);
  out << "\n";
}

}  // namespace

// The host's own processors in their order, the last one again where there are fewer.
void cpuinfo(const Sample& sample, Writer& out) {
  std::string_view rest = sample.cpuinfo;
  std::string_view block;
  for (unsigned i = 0; i < sample.bounds.cpus && !out.full(); ++i) {
    if (!rest.empty()) {
      const std::size_t end = rest.find("\n\n");
      block = rest.substr(0, end == std::string_view::npos ? end : end + 1);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
    }
    processor(block, i, sample.bounds.cpus, out);
  }
}

// Each sum is of whole ticks, so that it is what its parts show. A cgroup counts neither interrupts nor
// switches: these lines are there for programs that want them.
void stat(const Sample& sample, Writer& out) {
  CpuTime sum;
  for (unsigned i = 0; i < sample.bounds.cpus; ++i) {
    const CpuTime& time = sample.cpus[i];
    sum.user += time.user / kMicrosInTick * kMicrosInTick;
    sum.system += time.system / kMicrosInTick * kMicrosInTick;
    sum.idle += time.idle / kMicrosInTick * kMicrosInTick;
  }
  out << "cpu  ";
  cpu_line(sum, out);
  for (unsigned i = 0; i < sample.bounds.cpus; ++i) {
    out << "cpu" << std::uint64_t{i} << " ";
    cpu_line(sample.cpus[i], out);
  }
  out << "intr 0\nctxt 0\nbtime " << sample.boot << "\nprocesses " << sample.tasks << "\nprocs_running "
      << std::max<std::uint64_t>(sample.running, 1) << "\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n";
}

void cpu_list(unsigned cpus, Writer& out) {
  out << "0";
  if (cpus > 1) out << "-" << std::uint64_t{cpus - 1};
  out << "\n";
}

void cpu_map(unsigned first, unsigned end, unsigned cpus, Writer& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr unsigned kWord = 32;
  const unsigned nibbles = (cpus + 3) / 4;
  for (unsigned i = nibbles; i-- > 0;) {
    unsigned digit = 0;
    for (unsigned bit = 0; bit < 4; ++bit)
      if (i * 4 + bit >= first && i * 4 + bit < end) digit |= 1U << bit;
    out << kDigits.substr(digit, 1);
    if (i > 0 && i * 4 % kWord == 0) out << ",";
  }
  out << "\n";
}

}  // namespace croft::view
