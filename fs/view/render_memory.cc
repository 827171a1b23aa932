#include <algorithm>
#include <cstdint>
#include <string_view>

#include "fs/view/render.h"
#include "fs/view/render_parts.h"

namespace croft::view {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kNameColumn = 16;

std::uint64_t less(std::uint64_t from, std::uint64_t what) {
  return from > what ? from - what : 0;
}

void line(std::string_view prefix, std::string_view name, std::uint64_t bytes, Writer& out) {
  out << prefix;
  out.column(name, kNameColumn).padded(bytes / kKiB, 8) << " kB\n";
}

// What could be given back without swapping anything: cached files, not tmpfs and shared memory, which are in
// no list of files, and what of the slabs is reclaimable.
std::uint64_t reclaimable(const Pages& pages) {
  const std::uint64_t lists = pages.active_file + pages.inactive_file;
  return less(lists, pages.dirty + pages.writeback) + pages.slab_reclaimable;
}

void lists(const Pages& pages, std::string_view prefix, Writer& out) {
  line(prefix, "Active:", pages.active_anonymous + pages.active_file, out);
  line(prefix, "Inactive:", pages.inactive_anonymous + pages.inactive_file, out);
  line(prefix, "Active(anon):", pages.active_anonymous, out);
  line(prefix, "Inactive(anon):", pages.inactive_anonymous, out);
  line(prefix, "Active(file):", pages.active_file, out);
  line(prefix, "Inactive(file):", pages.inactive_file, out);
  line(prefix, "Unevictable:", pages.unevictable, out);
  line(prefix, "Mlocked:", pages.unevictable, out);
}

void kinds(const Pages& pages, std::string_view prefix, Writer& out) {
  line(prefix, "Dirty:", pages.dirty, out);
  line(prefix, "Writeback:", pages.writeback, out);
  line(prefix, "AnonPages:", pages.anonymous, out);
  line(prefix, "Mapped:", pages.mapped, out);
  line(prefix, "Shmem:", pages.shared, out);
  line(prefix, "KReclaimable:", pages.slab_reclaimable, out);
  line(prefix, "Slab:", pages.slab_reclaimable + pages.slab_unreclaimable, out);
  line(prefix, "SReclaimable:", pages.slab_reclaimable, out);
  line(prefix, "SUnreclaim:", pages.slab_unreclaimable, out);
  line(prefix, "KernelStack:", pages.kernel_stack, out);
  line(prefix, "PageTables:", pages.page_tables, out);
  for (const std::string_view name : {"NFS_Unstable:", "Bounce:", "WritebackTmp:"})
    line(prefix, name, 0, out);
}

void huge_pages(Writer& out) {
  out << "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:      "
         "  0\n"
         "Hugepagesize:       2048 kB\nHugetlb:               0 kB\n";
}

}  // namespace

Memory memory_of(const Sample& sample) {
  const Bounds& bounds = sample.bounds;
  const Pages& pages = sample.pages;
  Memory memory;
  memory.total = std::min({bounds.memory, bounds.memswap, sample.host.total});
  const std::uint64_t used = std::min(pages.used, memory.total);
  memory.free = memory.total - used;
  const std::uint64_t lasting = std::min(bounds.barrier, memory.total);
  const std::uint64_t freed = std::min(reclaimable(pages), used);
  memory.available = std::min({less(lasting, less(used, freed)), memory.total, sample.host.available});
  memory.swap_total = std::min(bounds.swap, sample.host.swap_total);
  if (bounds.memswap != UINT64_MAX)
    memory.swap_total = std::min(memory.swap_total, bounds.memswap - memory.total);
  memory.swap_free = std::min(less(memory.swap_total, pages.swapped), sample.host.swap_free);
  return memory;
}

void meminfo(const Sample& sample, Writer& out) {
  const Memory memory = memory_of(sample);
  const Pages& pages = sample.pages;
  line("", "MemTotal:", memory.total, out);
  line("", "MemFree:", memory.free, out);
  line("", "MemAvailable:", memory.available, out);
  line("", "Buffers:", 0, out);
  line("", "Cached:", std::min(pages.file, memory.total), out);
  line("", "SwapCached:", 0, out);
  lists(pages, "", out);
  line("", "SwapTotal:", memory.swap_total, out);
  line("", "SwapFree:", memory.swap_free, out);
  kinds(pages, "", out);
  line("", "CommitLimit:", memory.total + memory.swap_total, out);
  line("", "Committed_AS:", pages.anonymous + pages.shared + pages.swapped, out);
  huge_pages(out);
}

void node_meminfo(const Sample& sample, Writer& out) {
  const Memory memory = memory_of(sample);
  line("Node 0 ", "MemTotal:", memory.total, out);
  line("Node 0 ", "MemFree:", memory.free, out);
  line("Node 0 ", "MemUsed:", memory.total - memory.free, out);
  lists(sample.pages, "Node 0 ", out);
  kinds(sample.pages, "Node 0 ", out);
  line("Node 0 ", "FilePages:", std::min(sample.pages.file, memory.total), out);
}

// Only what a cgroup counts: a line that is not there is better than one that is made up.
void vmstat(const Sample& sample, Writer& out) {
  const Pages& pages = sample.pages;
  const auto count = [&](std::string_view name, std::uint64_t number) {
    out << name << " " << number << "\n";
  };
  count("nr_free_pages", memory_of(sample).free / kPage);
  count("nr_inactive_anon", pages.inactive_anonymous / kPage);
  count("nr_active_anon", pages.active_anonymous / kPage);
  count("nr_inactive_file", pages.inactive_file / kPage);
  count("nr_active_file", pages.active_file / kPage);
  count("nr_unevictable", pages.unevictable / kPage);
  count("nr_anon_pages", pages.anonymous / kPage);
  count("nr_mapped", pages.mapped / kPage);
  count("nr_file_pages", pages.file / kPage);
  count("nr_dirty", pages.dirty / kPage);
  count("nr_writeback", pages.writeback / kPage);
  count("nr_shmem", pages.shared / kPage);
  std::uint64_t in = 0;
  std::uint64_t written = 0;
  for (std::size_t i = 0; i < sample.disk_count; ++i) {
    in += sample.disks[i].read_bytes;
    written += sample.disks[i].written_bytes;
  }
  count("pgpgin", in / kKiB);
  count("pgpgout", written / kKiB);
  count("pgfault", pages.faults);
  count("pgmajfault", pages.major_faults);
}

void swaps(const Sample& sample, Writer& out) {
  const Memory memory = memory_of(sample);
  out << "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
  if (memory.swap_total == 0) return;
  out.column("none", 40) << "virtual\t\t" << memory.swap_total / kKiB << "\t\t"
                         << std::min(sample.pages.swapped, memory.swap_total) / kKiB << "\t\t0\n";
}

}  // namespace croft::view
