// Croft's own group among the host's others: guarantees below it are void if it loses against them.
#include "cgroups/root_processes.h"
#include "cgroups/walk.h"
#include "ctl/resources/control_impl.h"
#include "ctl/resources/systemd_slices.h"
#include "runtime/error.h"

namespace croft::ctl {

using cgroups::Resource;
using runtime::Error;

namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

// What the groups beside Croft's first one weigh together.
std::uint64_t weight_of_others(const cgroups::Layout& layout, const std::string& root) {
  const std::string own = root.substr(0, root.find('/'));
  const runtime::Fd top = runtime::open_file(layout.hierarchies[layout.cpu->hierarchy].mount, kDirectory);
  std::uint64_t sum = 0;
  for (const std::string& name : cgroups::children(top)) {
    if (name == own) continue;
    try {
      sum += layout.cpu->driver->weight(runtime::open_at(top, name, kDirectory));
    } catch (const Error&) {  // just removed, or without the controller
      continue;
    }
  }
  return sum;
}

// Of tasks in the root itself only so many as can run at once: a busy one on each CPU leaves the promised,
// and gets what is reserved for the host. How many there could be nobody knows, and to weigh them all would
// leave nothing to one that is busy alone.
std::uint64_t weight_of_root(const cgroups::Layout& layout, std::uint64_t milli_cpus) {
  return cgroups::root_has_processes("/proc", layout) ? cgroups::kDefaultWeight * (milli_cpus / 1000) : 0;
}

}  // namespace

cgroups::Knobs ResourceControl::Impl::top_knobs() const {
  cgroups::Knobs knobs = pools.tenant_knobs("", options.devices);
  const cgroups::Capacity& cpu = options.capacities[static_cast<std::size_t>(Resource::kCpu)];
  if (!options.layout.cpu || !cpu.total) return knobs;
  std::uint64_t others = weight_of_others(options.layout, options.root);
  if (pools.promised("", Resource::kCpu) > 0) others += weight_of_root(options.layout, *cpu.total);
  if (others > 0) knobs.cpu.weight = cgroups::weight_beside(others, *cpu.total, cpu.reserve);
  return knobs;
}

void ResourceControl::Impl::tell_systemd(const cgroups::Knobs& knobs) const {
  options.slow([knobs, units = units_of(options.root)] {
    for (const std::string& unit : units) {
      try {
        set_unit_protection(unit, knobs.memory.protect, knobs.cpu.weight);
      } catch (const Error& error) {
        std::fprintf(stderr, "croftd: %s\n", error.what());
      }
    }
  });
}

}  // namespace croft::ctl
