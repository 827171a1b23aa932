#include "ctl/plans/split.h"

#include <algorithm>
#include <array>
#include <string>

#include "ctl/spec/amounts.h"
#include "ctl/spec/bounds.h"
#include "runtime/error.h"

namespace croft::ctl::plans {
namespace {

using cgroups::Capacities;
using cgroups::Capacity;
using cgroups::Resource;
using runtime::Error;
using runtime::ErrorKind;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

struct Part {
  Resource resource;
  std::uint64_t least;
  std::uint64_t step;
};
// What every container needs some of.
constexpr std::array kNeeded{Part{Resource::kCpu, kMinMilliCpu, 1},
                             Part{Resource::kMemory, kLeastSplitMemory, kMiB},
                             Part{Resource::kTasks, kLeastSplitTasks, 1}};

const Capacity& of(const Capacities& host, Resource resource) {
  return host.at(static_cast<std::size_t>(resource));
}

std::uint64_t available(const Capacity& capacity) {
  const std::uint64_t total = capacity.total.value_or(0);
  return total - std::min(total, capacity.reserve);
}

std::uint64_t part_of(const Capacities& host, Resource resource, std::uint64_t count, std::uint64_t step) {
  return available(of(host, resource)) / count / step * step;
}

void check_room(const Capacities& host, std::uint64_t count) {
  for (const Part& part : kNeeded) {
    const std::uint64_t got = part_of(host, part.resource, count, part.step);
    if (got >= part.least) continue;
    const std::string name(to_text(part.resource));
    throw Error(ErrorKind::kExhausted,
                "cannot divide this host into " + std::to_string(count) + " containers: of " + name +
                    " each would have " + amounts::format(part.resource, got) + ", and the least is " +
                    amounts::format(part.resource, part.least) + "; " + name + " is enough for " +
                    std::to_string(available(of(host, part.resource)) / part.least));
  }
}

}  // namespace

Json split(const Capacities& host, std::uint64_t count) {
  if (count == 0 || count > kMaxSplit)
    throw runtime::wrong_field("count", "is out of range: 1.." + std::to_string(kMaxSplit));
  check_room(host, count);
  const std::uint64_t memory = part_of(host, Resource::kMemory, count, kMiB);
  Json plan{{"cpu", {{"guarantee", part_of(host, Resource::kCpu, count, 1)}}},
            {"memory", {{"guarantee", memory}, {"limit", memory}}},
            {"tasks", {{"limit", std::min(part_of(host, Resource::kTasks, count, 1), kMaxTasks)}}}};
  if (of(host, Resource::kSwap).total) plan["swap"]["limit"] = part_of(host, Resource::kSwap, count, kMiB);
  for (const Resource resource : {Resource::kIo, Resource::kIops})
    if (of(host, resource).total)
      plan[std::string(to_text(resource))]["guarantee"] = part_of(host, resource, count, 1);
  return plan;
}

}  // namespace croft::ctl::plans
