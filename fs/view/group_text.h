// What a cgroup's files say that only the view needs. Pure; both versions of cgroups at once, as their words
// differ.
#pragma once

#include <span>
#include <string_view>

#include "fs/view/sample.h"

namespace croft::view {

// Of memory.stat. On v1 the lines of the whole subtree ("total_cache") count, not those of the group alone.
void read_pages(std::string_view text, Pages& pages);

// What io.stat says (v2), or a file of blkio.throttle (v1), of which `bytes` and operations are two. Devices
// that were not among the `count` known ones are added. Returns how many there are then.
std::size_t read_disks(std::string_view text, bool bytes, std::span<Disk> disks, std::size_t count);

// Names of the disks from the host's /proc/diskstats; those that it does not know are left out.
std::size_t name_disks(std::string_view diskstats, std::span<Disk> disks, std::size_t count);

// Of the host's /proc/meminfo.
HostMemory read_host_memory(std::string_view text);

}  // namespace croft::view
