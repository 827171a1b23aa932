// The requests that btrfs takes: subvolumes, snapshots and quota groups. ioctl(2) by linux/btrfs.h; no
// program and no library is needed. Every subvolume has a quota group of its own number at level 0, as soon
// as quotas are on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace croft::fs::btrfs {

bool is_subvolume(const std::string& path);
// An empty one; it is owned by the caller.
void make_subvolume(const std::string& path);
// `to` must not exist; both lie on one file system. O(1) but for what is not written yet, which is written.
void snapshot(const std::string& from, const std::string& to, bool read_only);
// With all that is in it, which the kernel takes away later. A missing one is no error.
void remove_subvolume(const std::string& path);

// The file system's uuid, as in /sys/fs/btrfs.
std::string file_system_id(const std::string& path);

bool has_quotas(const std::string& path);
void enable_quotas(const std::string& path);
// Of the bytes that the subvolume refers to, shared ones included. Nothing: as many as there are.
void limit(const std::string& subvolume, const std::optional<std::uint64_t>& bytes);
std::optional<std::uint64_t> limit_of(const std::string& subvolume);
// As of the last commit of the file system, which comes every 30 seconds at the latest.
std::uint64_t used_by(const std::string& subvolume);

// Makes the file system as large as its only device.
void grow(const std::string& path);

}  // namespace croft::fs::btrfs
