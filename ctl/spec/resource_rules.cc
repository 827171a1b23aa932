// What must hold between the words of one resource, and between resources.
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "cgroups/barrier.h"
#include "ctl/spec/amounts.h"
#include "ctl/spec/number_list.h"
#include "ctl/spec/rules.h"
#include "ctl/spec/units.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;
using cgroups::Resources;
using cgroups::Words;

using Value = std::optional<std::uint64_t>;

// A value with the key that holds it: "memory.limit".
struct Named {
  Resource resource;
  std::string key;
  Value value;
};

Named named(Resource resource, std::string_view word, Value value) {
  return {resource, std::string(to_text(resource)) + "." + std::string(word), value};
}

std::string text_of(const Named& field) {
  return field.value ? amounts::format(field.resource, *field.value) : std::string(kUnlimited);
}

// An empty value is unlimited: it bounds nothing.
void at_most(const Named& field, const Named& bound, std::string_view rule, Rules& rules) {
  if (!field.value || !bound.value || *field.value <= *bound.value) return;
  rules.fail(
      field.key,
      "is " + text_of(field) + ", more than " + bound.key + " (" + text_of(bound) + "): " + std::string(rule),
      bound.key);
}

constexpr std::string_view kOrder = "guarantee <= barrier <= limit must hold";

void check_order(Resource resource, const Words& words, Rules& rules) {
  const Named guarantee = named(resource, "guarantee", words.guarantee);
  const Named barrier = named(resource, "barrier", words.barrier);
  const Named limit = named(resource, "limit", words.limit);
  at_most(guarantee, words.barrier ? barrier : limit, kOrder, rules);
  if (words.barrier) at_most(barrier, limit, kOrder, rules);
}

// Where somebody enforces the barrier, the way to the limit is a burst. Swap, and its sum with memory, spend
// the one of memory.
constexpr std::array kBursting{Resource::kCpu, Resource::kMemory, Resource::kSwap,  Resource::kMemswap,
                               Resource::kIo,  Resource::kIops,   Resource::kNetIn, Resource::kNetOut};
constexpr std::array kSpaces{Resource::kMemory, Resource::kSwap, Resource::kMemswap};

Resource payer_of(Resource resource) {
  const bool space = std::find(kSpaces.begin(), kSpaces.end(), resource) != kSpaces.end();
  return space ? Resource::kMemory : resource;
}

void check_barrier(Resource resource, const Resources& resources, Rules& rules) {
  const Words& words = resources[resource];
  const Resource payer = payer_of(resource);
  if (!cgroups::has_zone(words) || resources[payer].burst) return;
  const Named barrier = named(resource, "barrier", words.barrier);
  const Named limit = named(resource, "limit", words.limit);
  const Named burst = named(payer, "burst", {});
  rules.fail(barrier.key,
             "is " + text_of(barrier) + ", below " + limit.key + " (" + text_of(limit) +
                 "), which would be a limit that nobody reaches: give " + burst.key +
                 ", or make barrier and limit the same",
             burst.key);
}

void check_burst(Resource resource, const Resources& resources, Rules& rules) {
  const Words& words = resources[resource];
  const bool spent = std::any_of(kBursting.begin(), kBursting.end(), [&](Resource one) {
    return payer_of(one) == resource && cgroups::has_zone(resources[one]);
  });
  if (!words.burst || spent) return;
  const Named barrier = named(resource, "barrier", words.barrier);
  const Named limit = named(resource, "limit", words.limit);
  rules.fail(named(resource, "burst", {}).key,
             "is " + amounts::format(resource, *words.burst) + ", with nothing to spend it on: it needs " +
                 barrier.key + " below " + limit.key + " (" + text_of(limit) + ")",
             words.barrier ? barrier.key : limit.key);
}

void check_memory(const Resources& resources, Rules& rules) {
  const Words& memory = resources[Resource::kMemory];
  const Named memswap = named(Resource::kMemswap, "limit", resources[Resource::kMemswap].limit);
  const Named limit = named(Resource::kMemory, "limit", memory.limit);
  const Named swap = named(Resource::kSwap, "limit", resources[Resource::kSwap].limit);
  constexpr std::string_view kSum = "memswap is memory and swap together";
  at_most(limit, memswap, kSum, rules);
  at_most(swap, memswap, kSum, rules);
  const Named guarantee = named(Resource::kMemory, "guarantee", memory.guarantee);
  if (const auto& sum = resources[Resource::kMemswap].barrier)
    at_most(guarantee, named(Resource::kMemswap, "barrier", sum), kSum, rules);
  if (memory.limit) return;
  at_most(guarantee, memswap, kSum, rules);
  if (memory.barrier) at_most(named(Resource::kMemory, "barrier", memory.barrier), memswap, kSum, rules);
}

void check_places(const Resources& resources, Rules& rules) {
  const Words& cpu = resources[Resource::kCpu];
  if (resources.numa_auto && !resources.nodes.empty())
    rules.fail("memory.nodes",
               "is " + resources.nodes +
                   ", but cpu.affinity=numa:auto chooses the memory nodes too: give one "
                   "of them",
               "cpu.affinity");
  if (resources.cpus.empty()) return;
  const Named guarantee = named(Resource::kCpu, "guarantee", cpu.guarantee);
  const std::uint64_t cpus = list_size(resources.cpus);
  if (cpu.guarantee > cpus * 1000)
    rules.fail(guarantee.key,
               "is " + text_of(guarantee) + ", more than the " + std::to_string(cpus) +
                   " CPUs of cpu.affinity (" + resources.cpus + ")",
               "cpu.affinity");
}

void check_huge_pages(const Resources& resources, Rules& rules) {
  for (const auto& [kernel_size, bytes] : resources.hugetlb) {
    const std::string size = kernel_size.substr(0, kernel_size.size() - 1);
    if (bytes % parse_bytes(size).value != 0)
      rules.fail("hugetlb." + size,
                 "is " + format(Bytes{bytes}) + ", which is no whole number of such pages");
  }
}

}  // namespace

void check_resources(const Resources& resources, FieldErrors& errors) {
  Rules rules(errors);
  for (std::size_t i = 0; i < cgroups::kResourceCount; ++i)
    check_order(static_cast<Resource>(i), resources.words.at(i), rules);
  for (const Resource resource : kBursting) {
    check_barrier(resource, resources, rules);
    check_burst(resource, resources, rules);
  }
  check_memory(resources, rules);
  check_places(resources, rules);
  check_huge_pages(resources, rules);
}

}  // namespace croft::ctl
