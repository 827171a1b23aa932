#include "fs/view/group_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "cgroups/figures.h"

namespace croft::view {
namespace {

struct PageWord {
  std::string_view word;
  std::uint64_t Pages::*field;
};

constexpr std::array kPageWords{
    PageWord{"anon", &Pages::anonymous},
    PageWord{"rss", &Pages::anonymous},
    PageWord{"file", &Pages::file},
    PageWord{"cache", &Pages::file},
    PageWord{"shmem", &Pages::shared},
    PageWord{"file_mapped", &Pages::mapped},
    PageWord{"mapped_file", &Pages::mapped},
    PageWord{"file_dirty", &Pages::dirty},
    PageWord{"dirty", &Pages::dirty},
    PageWord{"file_writeback", &Pages::writeback},
    PageWord{"writeback", &Pages::writeback},
    PageWord{"active_anon", &Pages::active_anonymous},
    PageWord{"inactive_anon", &Pages::inactive_anonymous},
    PageWord{"active_file", &Pages::active_file},
    PageWord{"inactive_file", &Pages::inactive_file},
    PageWord{"unevictable", &Pages::unevictable},
    PageWord{"slab_reclaimable", &Pages::slab_reclaimable},
    PageWord{"slab_unreclaimable", &Pages::slab_unreclaimable},
    PageWord{"kernel_stack", &Pages::kernel_stack},
    PageWord{"pagetables", &Pages::page_tables},
    PageWord{"pgfault", &Pages::faults},
    PageWord{"pgmajfault", &Pages::major_faults},
};

// The device that a line begins with, made where there is room and it is not there yet.
Disk* disk_of(std::string_view line, std::span<Disk> disks, std::size_t& count) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return nullptr;
  const auto major = cgroups::leading_number(line);
  const auto minor = cgroups::leading_number(line.substr(colon + 1));
  if (!major || !minor || *major > UINT32_MAX || *minor > UINT32_MAX) return nullptr;
  for (Disk& disk : disks.first(count))
    if (disk.major == *major && disk.minor == *minor) return &disk;
  if (count == disks.size()) return nullptr;
  Disk& disk = disks[count++];
  disk = Disk();
  disk.major = static_cast<std::uint32_t>(*major);
  disk.minor = static_cast<std::uint32_t>(*minor);
  return &disk;
}

void set(std::string_view line, std::string_view word, std::uint64_t& value) {
  if (const auto number = cgroups::number_of_word(line, word)) value = *number;
}

// "8:0 Read 4096"
void read_v1(std::string_view line, bool bytes, Disk& disk) {
  std::string_view word;
  if (!cgroups::next_word(line, word)) return;  // the device
  if (!cgroups::next_word(line, word)) return;
  const bool reads = word == "Read";
  if (!reads && word != "Write") return;
  if (!cgroups::next_word(line, word)) return;
  const std::uint64_t number = cgroups::leading_number(word).value_or(0);
  (reads ? bytes ? disk.read_bytes : disk.reads : bytes ? disk.written_bytes : disk.writes) = number;
}

}  // namespace

void read_pages(std::string_view text, Pages& pages) {
  constexpr std::string_view kWhole = "total_";
  std::string_view line;
  while (cgroups::next_line(text, line)) {
    if (line.starts_with(kWhole)) line.remove_prefix(kWhole.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const std::string_view word = line.substr(0, space);
    const auto* const found = std::find_if(kPageWords.begin(), kPageWords.end(),
                                           [&](const PageWord& one) { return one.word == word; });
    if (found == kPageWords.end()) continue;
    if (const auto number = cgroups::leading_number(line.substr(space + 1))) pages.*found->field = *number;
  }
}

std::size_t read_disks(std::string_view text, bool bytes, std::span<Disk> disks, std::size_t count) {
  std::string_view line;
  while (cgroups::next_line(text, line)) {
    Disk* const disk = disk_of(line, disks, count);
    if (disk == nullptr) continue;
    if (line.find('=') == std::string_view::npos) {
      read_v1(line, bytes, *disk);
      continue;
    }
    set(line, "rbytes", disk->read_bytes);
    set(line, "wbytes", disk->written_bytes);
    set(line, "rios", disk->reads);
    set(line, "wios", disk->writes);
  }
  return count;
}

std::size_t name_disks(std::string_view diskstats, std::span<Disk> disks, std::size_t count) {
  std::string_view line;
  while (cgroups::next_line(diskstats, line)) {
    std::array<std::string_view, 3> words;
    for (std::string_view& word : words)
      if (!cgroups::next_word(line, word)) word = {};
    for (Disk& disk : disks.first(count)) {
      if (words[2].empty() || words[2].size() >= disk.name.size() ||
          cgroups::leading_number(words[0]) != disk.major || cgroups::leading_number(words[1]) != disk.minor)
        continue;
      disk.name = {};
      std::copy(words[2].begin(), words[2].end(), disk.name.begin());
    }
  }
  const auto end = std::remove_if(disks.begin(), disks.begin() + static_cast<std::ptrdiff_t>(count),
                                  [](const Disk& disk) { return disk.name[0] == '\0'; });
  return static_cast<std::size_t>(end - disks.begin());
}

HostMemory read_host_memory(std::string_view text) {
  constexpr std::uint64_t kKiB = 1024;
  HostMemory memory;
  std::string_view line;
  while (cgroups::next_line(text, line)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    std::uint64_t* const field = name == "MemTotal"       ? &memory.total
                                 : name == "MemAvailable" ? &memory.available
                                 : name == "SwapTotal"    ? &memory.swap_total
                                 : name == "SwapFree"     ? &memory.swap_free
                                                          : nullptr;
    if (field == nullptr) continue;
    std::string_view rest = line.substr(colon + 1);
    std::string_view word;
    if (cgroups::next_word(rest, word)) *field = cgroups::leading_number(word).value_or(0) * kKiB;
  }
  return memory;
}

}  // namespace croft::view
