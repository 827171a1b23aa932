#include "ctl/cli/beancounters.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kUidWidth = 10;

constexpr std::string_view kDummy = "dummy";
constexpr std::array<std::string_view, kClassicRows + 1> kNames{
    "kmemsize",    "lockedpages",  "privvmpages", "shmpages",     kDummy,       "numproc",    "physpages",
    "vmguarpages", "oomguarpages", "numtcpsock",  "numflock",     "numpty",     "numsiginfo", "tcpsndbuf",
    "tcprcvbuf",   "othersockbuf", "dgramrcvbuf", "numothersock", "dcachesize", "numfile",    kDummy,
    kDummy,        kDummy,         "numiptent",   "swappages"};

std::uint64_t held_of(std::uint64_t value) {
  return std::min(value, kBeancounterMax);
}

std::uint64_t bound_of(const std::optional<std::uint64_t>& value) {
  return value ? held_of(*value) : kBeancounterMax;
}

std::uint64_t pages(std::uint64_t bytes) {
  return bytes / kPage;
}

std::optional<std::uint64_t> pages(const std::optional<std::uint64_t>& bytes) {
  if (!bytes) return std::nullopt;
  return *bytes / kPage;
}

// Both, unlimited when one is.
std::optional<std::uint64_t> sum(const std::optional<std::uint64_t>& a,
                                 const std::optional<std::uint64_t>& b) {
  if (!a || !b || *a > kBeancounterMax || *b > kBeancounterMax) return std::nullopt;
  return *a + *b;
}

std::optional<std::uint64_t> least(const std::optional<std::uint64_t>& a,
                                   const std::optional<std::uint64_t>& b) {
  return a && b ? std::min(a, b) : (a ? a : b);
}

class Table {
 public:
  Table(const std::vector<ResourceFigures>& resources, const MemoryParts& parts)
      : resources_(resources), parts_(parts) {
    for (std::string_view name : kNames) rows_.push_back({.resource = name});
    for (Beancounter& row : rows_)
      if (row.resource == kDummy) row.barrier = row.limit = 0;
  }

  std::vector<Beancounter> made() {
    items("numproc", "tasks");
    items("numtcpsock", "sockets.tcp");
    items("numothersock", "sockets.other");
    items("numfile", "files");
    memory();
    swap();
    part("kmemsize", parts_.kernel, 1);
    part("lockedpages", parts_.locked, kPage);
    part("shmpages", parts_.shared, kPage);
    part("tcprcvbuf", parts_.sockets, 1);
    part("dcachesize", parts_.slab, 1);
    return std::move(rows_);
  }

 private:
  Beancounter& row(std::string_view name) {
    return *std::find_if(rows_.begin(), rows_.end(),
                         [&](const Beancounter& r) { return r.resource == name; });
  }
  [[nodiscard]] const ResourceFigures& figures(std::string_view resource) const {
    static const ResourceFigures kNone;
    const ResourceFigures* found = find_resource(resources_, resource);
    return found == nullptr ? kNone : *found;
  }

  void items(std::string_view name, std::string_view resource) {
    const ResourceFigures& from = figures(resource);
    Beancounter& to = row(name);
    to.held = held_of(from.held.value_or(0));
    to.maxheld = held_of(from.maxheld.value_or(0));
    to.barrier = bound_of(from.barrier);
    to.limit = bound_of(from.limit);
    to.failcnt = from.failcnt.value_or(0);
  }

  void in_pages(std::string_view name, const ResourceFigures& from) {
    Beancounter& to = row(name);
    to.held = pages(from.held.value_or(0));
    to.maxheld = pages(from.maxheld.value_or(0));
    to.barrier = bound_of(pages(from.barrier));
    to.limit = bound_of(pages(from.limit));
    to.failcnt = from.failcnt.value_or(0);
  }

  // privvmpages and oomguarpages count pages wherever they lie, memory or swap; what they may come to is
  // bounded by the two together, and by their sum where that has a bound of its own. The host promises the
  // guarantee: vmguarpages, of which nothing is ever held, and oomguarpages. Their limits mean nothing.
  void memory() {
    const ResourceFigures& memory = figures("memory");
    const ResourceFigures& swap = figures("swap");
    const ResourceFigures* both = find_resource(resources_, "memswap");
    in_pages("physpages", memory);
    ResourceFigures all = both == nullptr || !both->held ? memory : *both;
    all.failcnt = 0;
    all.barrier = least(both == nullptr ? std::nullopt : both->barrier, sum(memory.barrier, swap.barrier));
    all.limit = least(both == nullptr ? std::nullopt : both->limit, sum(memory.limit, swap.limit));
    in_pages("privvmpages", all);
    in_pages("oomguarpages", all);
    for (const char* name : {"vmguarpages", "oomguarpages"}) {
      row(name).barrier = pages(memory.guarantee);
      row(name).limit = kBeancounterMax;
    }
  }

  void swap() { in_pages("swappages", figures("swap")); }

  // The kernel keeps no peak of these: what was held most is at least what is held.
  void part(std::string_view name, const std::optional<std::uint64_t>& bytes, std::uint64_t unit) {
    Beancounter& to = row(name);
    to.held = to.maxheld = held_of(bytes.value_or(0) / unit);
  }

  const std::vector<ResourceFigures>& resources_;
  const MemoryParts& parts_;
  std::vector<Beancounter> rows_;
};

std::string line_of(std::string_view uid, char colon, const Beancounter& row) {
  return fmt::format("{}{} {:<12} {:>20} {:>20} {:>20} {:>20} {:>20}\n", pad_left(uid, kUidWidth), colon,
                     row.resource, row.held, row.maxheld, row.barrier, row.limit, row.failcnt);
}

}  // namespace

std::vector<Beancounter> beancounters_of(const std::vector<ResourceFigures>& resources,
                                         const MemoryParts& parts) {
  return Table(resources, parts).made();
}

std::string beancounter_head() {
  return fmt::format("Version: 2.5\n{:>10}  {:<12} {:>20} {:>20} {:>20} {:>20} {:>20}\n", "uid", "resource",
                     "held", "maxheld", "barrier", "limit", "failcnt");
}

std::string beancounter_rows(std::string_view uid, const std::vector<Beancounter>& rows) {
  std::string text;
  for (std::size_t i = 0; i < kClassicRows && i < rows.size(); ++i)
    text += i == 0 ? line_of(uid, ':', rows[i]) : line_of("", ' ', rows[i]);
  return text;
}

std::string beancounter_uid(const std::string& shown, const std::string& uuid) {
  const std::string name = visible(shown);
  return display_width(name) <= kUidWidth ? name : uuid.substr(0, uuid.find('-'));
}

}  // namespace croft::ctl
