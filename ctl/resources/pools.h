// The tree of tenants and running containers: what each was promised, whether the host can keep it, and what
// it weighs. Holds no descriptors and asks nothing of the kernel. Not thread-safe; ResourceControl holds the
// lock.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cgroups/admission.h"
#include "cgroups/guarantee.h"
#include "cgroups/knobs.h"
#include "cgroups/wide.h"

namespace croft::ctl {

class Pools {
 public:
  explicit Pools(cgroups::Capacities capacities) : capacities_(capacities) {}

  [[nodiscard]] const cgroups::Capacities& capacities() const { return capacities_; }
  [[nodiscard]] const cgroups::Members& members() const { return members_; }
  void set_capacities(const cgroups::Capacities& capacities);

  // Throws Error kExhausted, with every term of the sum, when it would be short with this member (new or
  // changed); what was short before without getting worse is not held against it.
  void check(const std::string& key, const cgroups::Member& member) const;
  // Without asking whether it fits.
  void put(const std::string& key, cgroups::Member member);
  void remove(const std::string& key);

  // Weights at the present common factors; of one that is not counted yet, too.
  [[nodiscard]] std::uint32_t cpu_weight_of(const cgroups::Member& member) const;
  [[nodiscard]] std::uint32_t io_weight_of(const cgroups::Member& member) const;
  [[nodiscard]] std::uint32_t cpu_weight(const std::string& key) const;
  [[nodiscard]] std::uint32_t io_weight(const std::string& key) const;
  // Keys whose weights have changed since it was last called, because a level's factor left its step.
  std::set<std::string> moved();

  // What the groups of tenants are told; "" is the group that holds all of them.
  [[nodiscard]] cgroups::Knobs tenant_knobs(const std::string& tenant,
                                            const std::vector<cgroups::BlockDevice>& devices) const;
  // What is promised of a resource to a tenant or in it; "" is all of them.
  [[nodiscard]] std::uint64_t promised(const std::string& tenant, cgroups::Resource resource) const;
  // The smallest limit of each resource that it, or a tenant above it, has.
  [[nodiscard]] cgroups::Resources limits_of(const std::string& tenant) const;
  // "acme/dev": the tenants from the top down to this one.
  [[nodiscard]] std::string path_of(const std::string& tenant) const;

 private:
  // Thousands of siblings mostly claim the same: how many claim what.
  using Claims = std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint64_t>;  // guarantee and share
  // What the members of one parent come to, kept as they come, change and go.
  struct Level {
    std::set<std::string> keys;
    std::array<cgroups::Wide, cgroups::kResourceCount> promised{};
    Claims cpu_claims;
    Claims io_claims;
    cgroups::Factor cpu;
    cgroups::Factor io;
  };
  static std::vector<cgroups::Claim> as_list(const Claims& claims);
  // A tenant's own claim follows what those in it were promised, and so on up: `change` is made to the level
  // of `parent` between taking the claims above out and putting them in again.
  void recount(const std::string& parent, const std::function<void(Level&)>& change);
  void put_claim(Level& level, const std::string& key) const;
  void take_claim(Level& level, const std::string& key) const;
  [[nodiscard]] cgroups::Claim claim(const std::string& key, cgroups::Resource resource) const;
  [[nodiscard]] std::uint64_t level_capacity(const std::string& parent, cgroups::Resource resource) const;
  [[nodiscard]] std::uint64_t counted(const std::string& key, cgroups::Resource resource) const;
  // Whether one of its factors has changed.
  bool refresh(const std::string& parent);
  void refresh_around(const std::string& parent);
  void refresh_below(const std::string& parent);

  cgroups::Capacities capacities_;
  cgroups::Members members_;
  std::map<std::string, Level> levels_;  // by parent; "" is the host
  std::set<std::string> moved_;
};

// What this host has, with the default reserves: of memory 5 %, at least 128 MiB and at most 4 GiB; of CPU
// time 5 %, at least 100 and at most 2000 milli-CPU.
cgroups::Capacities host_capacities(std::uint64_t cpus, std::uint64_t memory_bytes, std::uint64_t swap_bytes);

}  // namespace croft::ctl
