// The governor's accounts of running containers, in a file of /run that is mapped into memory: what is
// written there survives the daemon at any instruction, without a write for each tick. A new daemon goes on
// from it; what happened in between the kernel's counters tell. A daemon killed within an update of one
// account leaves it at most one tick off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cgroups/governor.h"
#include "runtime/protocol.h"

namespace croft::ctl {

struct AccountSlot {
  runtime::Tag tag{};            // of the container; all zero: free
  std::uint64_t generation = 0;  // of its run
  cgroups::Account account;
  cgroups::Allowance allowance;
};

class AccountFile {
 public:
  static constexpr std::size_t kSlots = 16384;  // containers that may run at once

  // Opens or makes it. A file of another version or shape is begun anew: credits are then full. Throws Error.
  explicit AccountFile(const std::string& path);
  AccountFile(const AccountFile&) = delete;
  AccountFile& operator=(const AccountFile&) = delete;
  ~AccountFile();

  // The slot of this run, or null. Slots stay where they are for the life of the object.
  AccountSlot* find(const runtime::Tag& tag, std::uint64_t generation);
  // The slot of this run: as it is, or a new one that is all zero. Throws Error kExhausted.
  AccountSlot& take(const runtime::Tag& tag, std::uint64_t generation);
  void give_back(const runtime::Tag& tag) noexcept;

 private:
  void* map_ = nullptr;
  AccountSlot* slots_ = nullptr;
  std::map<runtime::Tag, std::size_t> taken_;
  std::vector<std::size_t> free_;
};

}  // namespace croft::ctl
