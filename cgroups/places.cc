#include "cgroups/places.h"

#include <algorithm>
#include <filesystem>

#include "cgroups/cpu_sets.h"
#include "cgroups/figures.h"
#include "runtime/fd.h"

namespace croft::cgroups {
namespace {

using runtime::FieldError;

constexpr std::string_view kHugePages = "hugepages-";

std::string line_in(const std::string& path) {
  std::string text = runtime::read_file(path);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// "Node 0 MemFree:  123 kB"
Bytes free_in(const std::string& meminfo) {
  constexpr std::string_view kKey = "MemFree:";
  const std::size_t at = meminfo.find(kKey);
  if (at == std::string::npos) return {0};
  return {leading_number(std::string_view(meminfo).substr(at + kKey.size())).value_or(0) << 10};
}

std::vector<MemoryNode> read_nodes(const std::string& folder, const std::string& online) {
  std::vector<MemoryNode> nodes;
  const std::optional<CpuSet> numbers = cpu_set_of(online);
  for (std::uint32_t i = 0; numbers && i < numbers->size(); ++i) {
    if (!numbers->test(i)) continue;
    const std::string node = folder + "/node" + std::to_string(i);
    nodes.push_back({i, line_in(node + "/cpulist"), free_in(runtime::read_file(node + "/meminfo"))});
  }
  return nodes;
}

// "hugepages-2048kB" -> "2MB"
std::string size_of(std::string_view name) {
  const std::uint64_t kilobytes = leading_number(name.substr(kHugePages.size())).value_or(0);
  if (kilobytes >= 1U << 20) return std::to_string(kilobytes >> 20) + "GB";
  if (kilobytes >= 1U << 10) return std::to_string(kilobytes >> 10) + "MB";
  return std::to_string(kilobytes) + "KB";
}

std::vector<std::string> read_huge_pages(const std::string& folder) {
  std::vector<std::string> sizes;
  std::error_code none;  // a kernel without them
  for (const auto& entry : std::filesystem::directory_iterator(folder, none))
    if (const std::string name = entry.path().filename(); name.starts_with(kHugePages))
      sizes.push_back(size_of(name));
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

void check_list(const std::string& key, const std::string& wanted, const std::string& online,
                const std::string& things, std::vector<FieldError>& wrong) {
  const std::optional<CpuSet> asked = cpu_set_of(wanted);
  const std::optional<CpuSet> there = cpu_set_of(online);
  if (wanted.empty() || !asked || !there || (*asked & ~*there).none()) return;
  wrong.push_back({key, "is " + wanted + ", but this host has the " + things + " " + online});
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word.substr(0, word.size() - 1);
  return text;
}

}  // namespace

Places read_places(const std::string& sys) {
  Places places;
  const std::string system = sys + "/devices/system";
  places.cpus = line_in(system + "/cpu/online");
  const std::string nodes = system + "/node";
  if (runtime::exists(nodes + "/online")) {
    places.nodes = line_in(nodes + "/online");
    places.memory = read_nodes(nodes, places.nodes);
  } else {
    places.nodes = "0";
    places.memory = {{0, places.cpus, {0}}};
  }
  places.huge_pages = read_huge_pages(sys + "/kernel/mm/hugepages");
  return places;
}

bool asks_for_places(const Resources& resources) {
  return resources.numa_auto || !resources.cpus.empty() || !resources.nodes.empty() ||
         !resources.hugetlb.empty();
}

std::vector<FieldError> misplaced(const Resources& resources, const Places& places) {
  std::vector<FieldError> wrong;
  check_list("cpu.affinity", resources.cpus, places.cpus, "CPUs", wrong);
  check_list("memory.nodes", resources.nodes, places.nodes, "memory nodes", wrong);
  for (const auto& [size, most] : resources.hugetlb) {
    if (std::find(places.huge_pages.begin(), places.huge_pages.end(), size) != places.huge_pages.end())
      continue;
    const std::string key = "hugetlb." + size.substr(0, size.size() - 1);
    wrong.push_back({key, places.huge_pages.empty()
                              ? "is given, but this host has no huge pages"
                              : "is given, but this host has huge pages of " + joined(places.huge_pages)});
  }
  return wrong;
}

const MemoryNode* roomiest(const std::vector<MemoryNode>& nodes) {
  const MemoryNode* best = nullptr;
  for (const MemoryNode& node : nodes)
    if (!node.cpus.empty() && (best == nullptr || node.free > best->free)) best = &node;
  return best;
}

Resources placed(Resources resources, const Places& places) {
  if (!resources.numa_auto) return resources;
  if (const MemoryNode* node = roomiest(places.memory)) {
    resources.cpus = node->cpus;
    resources.nodes = std::to_string(node->number);
  }
  return resources;
}

}  // namespace croft::cgroups
