#include <algorithm>

#include "cgroups/check.h"
#include "cgroups/figures.h"
#include "cgroups/lines.h"
#include "cgroups/root_processes.h"

namespace croft::cgroups {
namespace {

std::string read_or_empty(const std::string& path) {
  return runtime::exists(path) ? runtime::read_file(path) : std::string();
}

// The first line names the columns.
bool has_swap(const std::string& table) {
  return std::count(table.begin(), table.end(), '\n') > 1;
}

bool has_iocost(std::string_view settings, const BlockDevice& device) {
  for (std::string_view line; next_line(settings, line);)
    if (line.starts_with(to_text(device) + " ")) return number_of_word(line, "enable") == 1U;
  return false;
}

}  // namespace

HostFacts host_facts(const Roots& roots, const Layout& layout, const std::string& files) {
  HostFacts facts;
  facts.swap = has_swap(read_or_empty(roots.proc + "/swaps"));
  facts.pressure = runtime::exists(roots.proc + "/pressure/memory");
  facts.in_root = root_has_processes(roots.proc, layout);
  facts.disks = disks_under(roots, files);
  if (!layout.io) return facts;
  const std::string settings = read_or_empty(layout.hierarchies[layout.io->hierarchy].mount + "/io.cost.qos");
  for (const BlockDevice& device : facts.disks.devices)
    if (scheduler_of(roots, device) == "bfq" || has_iocost(settings, device))
      facts.weighted.push_back(device);
  return facts;
}

}  // namespace croft::cgroups
