// user_beancounters as OpenVZ has it: version 2.5 of its format, each of its rows, of which only those that a
// cgroup counts too have figures. Pages are of 4 KiB.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "fs/view/render_parts.h"

namespace croft::view {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kNone = INT64_MAX;  // as that kernel says unlimited

struct Row {
  std::string_view resource;
  std::uint64_t held = 0;
  std::uint64_t maxheld = 0;  // where nobody keeps a peak, as held
  std::uint64_t barrier = kNone, limit = kNone;
  std::uint64_t failures = 0;
};

std::uint64_t pages(std::uint64_t bytes) {
  return std::min(bytes / kPage, kNone);
}

std::uint64_t pages_or_none(std::uint64_t bytes) {
  return bytes == UINT64_MAX ? kNone : pages(bytes);
}

// In the order of that kernel. Rows without a figure are those that nobody counts for a container.
std::array<Row, 24> rows(const Sample& sample) {
  const Counters& counters = sample.counters;
  const std::uint64_t kernel = counters.kernel.value_or(0);
  const std::uint64_t tasks = counters.tasks_limit.value_or(kNone);
  const std::uint64_t used = pages(sample.pages.used);
  const std::uint64_t with_swap = pages(sample.pages.used + sample.pages.swapped);
  const std::uint64_t locked = pages(counters.locked.value_or(0));
  const std::uint64_t shared = pages(sample.pages.shared);
  return {
      {{"kmemsize", kernel, kernel},
       {"lockedpages", locked, locked},
       {"privvmpages"},
       {"shmpages", shared, shared},
       {"dummy", 0, 0, 0, 0},
       {"numproc", sample.tasks, std::max(counters.tasks_peak.value_or(0), sample.tasks), tasks, tasks,
        counters.refused_tasks},
       {"physpages", used, std::max(pages(counters.memory_peak.value_or(0)), used),
        pages_or_none(sample.bounds.barrier), pages_or_none(sample.bounds.memory), counters.refused_memory},
       {"vmguarpages"},
       {"oomguarpages", with_swap, with_swap, kNone, kNone, counters.killed},
       {"numtcpsock"},
       {"numflock"},
       {"numpty"},
       {"numsiginfo"},
       {"tcpsndbuf"},
       {"tcprcvbuf"},
       {"othersockbuf"},
       {"dgramrcvbuf"},
       {"numothersock"},
       {"dcachesize"},
       {"numfile"},
       {"dummy", 0, 0, 0, 0},
       {"dummy", 0, 0, 0, 0},
       {"dummy", 0, 0, 0, 0},
       {"numiptent"}}};
}

}  // namespace

// A container has no number there: it is always 1, as 0 is the host.
void beancounters(const Sample& sample, Writer& out) {
  constexpr std::size_t kNumber = 20;
  constexpr std::size_t kName = 12;
  out << "Version: 2.5\n       uid  ";
  out.column("resource", kName);
  for (const std::string_view head : {"held", "maxheld", "barrier", "limit", "failcnt"}) {
    out << " ";
    for (std::size_t i = head.size(); i < kNumber; ++i) out << " ";
    out << head;
  }
  out << "\n";
  std::string_view owner = "         1: ";
  for (const Row& row : rows(sample)) {
    out << owner;
    owner = "            ";
    out.column(row.resource, kName);
    for (const std::uint64_t number : {row.held, row.maxheld, row.barrier, row.limit, row.failures}) {
      out << " ";
      out.padded(number, kNumber);
    }
    out << "\n";
  }
}

}  // namespace croft::view
