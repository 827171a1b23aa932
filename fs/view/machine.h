// The machines that are seen: which container a process is in, its group, and the text of a file for it. One
// for all containers; a container that goes, or that nobody asks about while many others are, is forgotten.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "fs/view/caller.h"
#include "fs/view/group.h"
#include "fs/view/tree.h"

namespace croft::view {

inline constexpr std::size_t kMaxGroups = 1024;       // whose files are kept open
inline constexpr std::size_t kTextSize = 128U << 10;  // of one file, at most
inline constexpr unsigned kFilesOfGroup = 36;         // descriptors that one takes, at most

class Machines {
 public:
  Machines(Host host, Shared& shared, Callers callers);

  // Where a process's container is, from now on: as long as `generation` stays, `index` is it.
  struct Place {
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
    bool operator==(const Place&) const = default;
  };
  // Empty: it is in none. Throws Error kNotFound when its group is just going.
  std::optional<Place> find(pid_t pid);
  // Null when it is gone.
  Group* at(const Place& place);
  // How many CPUs a process sees.
  unsigned cpus(pid_t pid);
  // The file's text for a container, or of the host itself. Valid until the next call. Throws Error
  // kNotFound.
  std::span<const char> text(const std::optional<Place>& place, const Node& node);
  // Steps the loads of all; those that are gone are dropped.
  void tick();
  [[nodiscard]] bool empty() const { return by_path_.empty(); }

 private:
  struct Slot {
    std::unique_ptr<Group> group;
    std::uint32_t generation = 1;
    std::uint64_t used = 0;
  };
  Place make(std::string path, std::string uuid);
  void drop(std::uint32_t index);
  std::span<const char> host_text(const Node& node);

  Host host_;
  Shared& shared_;
  Callers callers_;
  std::vector<Slot> slots_;
  std::unordered_map<std::string, std::uint32_t> by_path_;
  std::string key_;  // kept, so that looking up allocates nothing
  Sample sample_;
  std::uint64_t looks_ = 0;
  std::vector<char> space_ = std::vector<char>(kTextSize);
};

}  // namespace croft::view
