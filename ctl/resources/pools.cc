#include "ctl/resources/pools.h"

#include <algorithm>
#include <utility>

#include "cgroups/barrier.h"
#include "cgroups/wide.h"
#include "runtime/error.h"

namespace croft::ctl {

using cgroups::Claim;
using cgroups::Factor;
using cgroups::Member;
using cgroups::Resource;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

std::uint64_t available(const cgroups::Capacity& capacity) {
  const std::uint64_t total = capacity.total.value_or(0);
  return total - std::min(capacity.reserve, total);
}

// A level whose capacity nobody stated divides by shares alone: any capacity gives the same proportions.
std::uint64_t or_any(std::uint64_t capacity) {
  return capacity == 0 ? 1'000'000 : capacity;
}

std::string cure_of(const cgroups::Sum& sum) {
  const bool unstated = sum.within.empty() && sum.cpus.empty() && !sum.capacity;
  if (unstated && (sum.resource == Resource::kIo || sum.resource == Resource::kIops))
    return "say what the disks can do, as in `croft host set capacity." +
           std::string(cgroups::to_text(sum.resource)) + "=" +
           (sum.resource == Resource::kIo ? "200M" : "5000") + "`";
  if (unstated && (sum.resource == Resource::kNetIn || sum.resource == Resource::kNetOut))
    return "say what the uplink carries, as in `croft net uplink set eth0 rate=1Gbit`";
  return "lower a guarantee, stop a container, or see `croft host show` for what is promised";
}

}  // namespace

void Pools::set_capacities(const cgroups::Capacities& capacities) {
  capacities_ = capacities;
  refresh("");
  refresh_below("");
}

void Pools::check(const std::string& key, const Member& member) const {
  // A term of nothing makes no sum larger, and most containers have no guarantee.
  const auto& words = member.resources.words;
  if (std::all_of(words.begin(), words.end(), [](const cgroups::Words& one) { return one.guarantee == 0; }) &&
      member.container)
    return;
  cgroups::Members wanted = members_;
  wanted.insert_or_assign(key, member);
  const std::vector<cgroups::Sum> refusals = cgroups::refusals(members_, wanted, capacities_);
  if (refusals.empty()) return;
  const cgroups::Sum& first = refusals.front();
  throw runtime::Error(runtime::ErrorKind::kExhausted, cgroups::to_text(first)).cure(cure_of(first));
}

void Pools::put_claim(Level& level, const std::string& key) const {
  for (std::size_t i = 0; i < cgroups::kResourceCount; ++i)
    level.promised.at(i) += counted(key, static_cast<Resource>(i));
  const Claim cpu = claim(key, Resource::kCpu);
  const Claim io = claim(key, Resource::kIo);
  ++level.cpu_claims[{cpu.guarantee, cpu.share}];
  ++level.io_claims[{io.guarantee, io.share}];
  level.keys.insert(key);
}

void Pools::take_claim(Level& level, const std::string& key) const {
  for (std::size_t i = 0; i < cgroups::kResourceCount; ++i)
    level.promised.at(i) -= counted(key, static_cast<Resource>(i));
  const auto take = [](Claims& claims, const Claim& one) {
    const auto found = claims.find({one.guarantee, one.share});
    if (--found->second == 0) claims.erase(found);
  };
  take(level.cpu_claims, claim(key, Resource::kCpu));
  take(level.io_claims, claim(key, Resource::kIo));
  level.keys.erase(key);
}

void Pools::recount(const std::string& parent, const std::function<void(Level&)>& change) {
  const auto found = members_.find(parent);
  if (found == members_.end()) return change(levels_[parent]);
  recount(found->second.parent, [&](Level& above) {
    take_claim(above, parent);
    change(levels_[parent]);
    put_claim(above, parent);
  });
}

void Pools::put(const std::string& key, Member member) {
  const auto found = members_.find(key);
  const std::string parent = member.parent;
  if (found != members_.end() && found->second.parent != parent) remove(key);
  recount(parent, [&](Level& level) {
    if (members_.contains(key)) take_claim(level, key);
    members_.insert_or_assign(key, std::move(member));
    put_claim(level, key);
  });
  refresh_around(parent);
  if (!members_.at(key).container) refresh(key);
}

void Pools::remove(const std::string& key) {
  const auto found = members_.find(key);
  if (found == members_.end()) return;
  const std::string parent = found->second.parent;
  recount(parent, [&](Level& level) {
    take_claim(level, key);
    members_.erase(key);
  });
  if (const auto own = levels_.find(key); own != levels_.end() && own->second.keys.empty())
    levels_.erase(own);
  moved_.erase(key);
  refresh_around(parent);
}

// What a member counts changes the sums above it, and a factor there what the levels below it divide.
void Pools::refresh_around(const std::string& parent) {
  bool above = false;
  for (std::string level = parent;; level = members_.at(level).parent) {
    above = refresh(level) && !(level == parent && level.empty());
    if (level.empty() || !members_.contains(level)) break;
  }
  if (above) refresh_below("");
}

// A tenant counts what it keeps for itself, or what those in it were promised, whichever is more.
std::uint64_t Pools::counted(const std::string& key, Resource resource) const {
  const Member& member = members_.at(key);
  const std::uint64_t own = member.resources[resource].guarantee;
  if (member.container) return own;
  const auto below = levels_.find(key);
  const std::size_t at = static_cast<std::size_t>(resource);
  return below == levels_.end() ? own : std::max(own, cgroups::narrow(below->second.promised.at(at)));
}

Claim Pools::claim(const std::string& key, Resource resource) const {
  return {counted(key, resource), members_.at(key).resources[resource].share};
}

std::vector<Claim> Pools::as_list(const Claims& claims) {
  std::vector<Claim> list;
  list.reserve(claims.size());
  for (const auto& [one, count] : claims) list.push_back({one.first, one.second, count});
  return list;
}

// What the level is sure to get when everybody wants everything: all but the reserve for the host's own, for
// a tenant its guarantee and its share of what is left.
std::uint64_t Pools::level_capacity(const std::string& parent, Resource resource) const {
  if (parent.empty() || !members_.contains(parent))
    return or_any(available(capacities_[static_cast<std::size_t>(resource)]));
  const auto above = levels_.find(members_.at(parent).parent);
  const Claim own = claim(parent, resource);
  if (above == levels_.end()) return or_any(own.guarantee);
  const Factor& factor = resource == Resource::kCpu ? above->second.cpu : above->second.io;
  return or_any(
      cgroups::plus(own.guarantee, cgroups::scaled(own.share, factor.numerator, factor.denominator)));
}

bool Pools::refresh(const std::string& parent) {
  Level& level = levels_[parent];
  const auto update = [&](Resource resource, const Claims& claims, Factor& factor) {
    const std::uint64_t capacity = level_capacity(parent, resource);
    const std::vector<Claim> all = as_list(claims);
    if (cgroups::still_good(factor, all, capacity)) return false;
    return std::exchange(factor, cgroups::factor_of(all, capacity)) != factor;
  };
  const bool cpu = update(Resource::kCpu, level.cpu_claims, level.cpu);
  const bool io = update(Resource::kIo, level.io_claims, level.io);
  if (!cpu && !io) return false;
  moved_.insert(level.keys.begin(), level.keys.end());
  return true;
}

void Pools::refresh_below(const std::string& parent) {
  for (const std::string& key : levels_[parent].keys)
    if (!members_.at(key).container) {
      refresh(key);
      refresh_below(key);
    }
}

std::uint32_t Pools::cpu_weight(const std::string& key) const {
  const Level& level = levels_.at(members_.at(key).parent);
  return cgroups::weight_of(claim(key, Resource::kCpu), level.cpu);
}

std::uint32_t Pools::io_weight(const std::string& key) const {
  const Level& level = levels_.at(members_.at(key).parent);
  return cgroups::weight_of(claim(key, Resource::kIo), level.io);
}

std::uint32_t Pools::cpu_weight_of(const Member& member) const {
  const cgroups::Words& words = member.resources[Resource::kCpu];
  const auto level = levels_.find(member.parent);
  if (level == levels_.end()) return words.share;
  return cgroups::weight_of({words.guarantee, words.share}, level->second.cpu);
}

std::uint32_t Pools::io_weight_of(const Member& member) const {
  const cgroups::Words& words = member.resources[Resource::kIo];
  const auto level = levels_.find(member.parent);
  if (level == levels_.end()) return words.share;
  return cgroups::weight_of({words.guarantee, words.share}, level->second.io);
}

std::set<std::string> Pools::moved() {
  return std::exchange(moved_, {});
}

// Protection goes through every ancestor up to the root, or it is none at all.
cgroups::Knobs Pools::tenant_knobs(const std::string& tenant,
                                   const std::vector<cgroups::BlockDevice>& devices) const {
  const auto found = members_.find(tenant);
  cgroups::Knobs knobs;
  if (found != members_.end())
    knobs = cgroups::knobs_of(found->second.resources, {}, cpu_weight(tenant), io_weight(tenant), devices);
  knobs.memory.protect = {promised(tenant, Resource::kMemory)};
  return knobs;
}

std::uint64_t Pools::promised(const std::string& tenant, Resource resource) const {
  if (members_.contains(tenant)) return counted(tenant, resource);
  const auto all = levels_.find("");
  return all == levels_.end() ? 0
                              : cgroups::narrow(all->second.promised.at(static_cast<std::size_t>(resource)));
}

cgroups::Resources Pools::limits_of(const std::string& tenant) const {
  cgroups::Resources least;
  for (auto at = members_.find(tenant); at != members_.end(); at = members_.find(at->second.parent))
    for (std::size_t i = 0; i < cgroups::kResourceCount; ++i) {
      auto& bound = least.words.at(i).limit;
      const auto& limit = at->second.resources.words.at(i).limit;
      if (limit && (!bound || *limit < *bound)) bound = limit;
    }
  return least;
}

std::string Pools::path_of(const std::string& tenant) const {
  std::string path = tenant;
  for (auto at = members_.find(tenant); at != members_.end() && !at->second.parent.empty();
       at = members_.find(at->second.parent))
    path.insert(0, at->second.parent + "/");
  return path;
}

cgroups::Capacities host_capacities(std::uint64_t cpus, std::uint64_t memory_bytes,
                                    std::uint64_t swap_bytes) {
  cgroups::Capacities all{};
  const auto at = [&](Resource resource) -> cgroups::Capacity& {
    return all[static_cast<std::size_t>(resource)];
  };
  const std::uint64_t milli = cpus * 1000;
  at(Resource::kCpu) = {milli, std::clamp<std::uint64_t>(milli / 20, 100, 2000)};
  at(Resource::kMemory) = {memory_bytes,
                           std::clamp<std::uint64_t>(memory_bytes / 20, 128 * kMiB, 4096 * kMiB)};
  at(Resource::kSwap) = {swap_bytes, 0};
  at(Resource::kMemswap) = {memory_bytes + swap_bytes, at(Resource::kMemory).reserve};
  return all;
}

}  // namespace croft::ctl
