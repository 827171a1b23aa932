#include "ctl/lifecycle/host_settings.h"

#include <algorithm>
#include <array>

#include "cgroups/usage.h"
#include "ctl/resources/pools.h"
#include "ctl/spec/names.h"
#include "ctl/spec/units.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;

struct Setting {
  std::string_view name;
  Resource resource;
  bool reserve;  // else the capacity
  std::uint64_t (*parse)(std::string_view text);
};

std::uint64_t cores(std::string_view text) {
  return parse_cores(text).value;
}
std::uint64_t bytes(std::string_view text) {
  return parse_bytes(text).value;
}

constexpr std::array kSettings{
    Setting{"reserve.cpu", Resource::kCpu, true, cores},
    Setting{"reserve.memory", Resource::kMemory, true, bytes},
    Setting{"reserve.swap", Resource::kSwap, true, bytes},
    Setting{"capacity.io", Resource::kIo, false, bytes},
    Setting{"capacity.iops", Resource::kIops, false, parse_count},
};

const Setting* find(std::string_view name) {
  for (const Setting& setting : kSettings)
    if (setting.name == name) return &setting;
  return nullptr;
}

constexpr const char* kAccess = "net.host";

std::string unknown(const std::string& name) {
  std::array<std::string_view, kSettings.size() + 1> names;
  for (std::size_t i = 0; i < kSettings.size(); ++i) names[i] = kSettings[i].name;
  names.back() = kAccess;
  const std::string near = nearest(name, names);
  return "unknown setting of a host" + (near.empty() ? std::string() : "; did you mean `" + near + "`?");
}

constexpr std::uint64_t kReservedTasks = 1024;

std::uint64_t number_in(const char* path) {
  std::string text = runtime::read_file(path);
  while (text.ends_with('\n')) text.pop_back();
  return parse_count(text);
}

cgroups::Capacity tasks_of_host() {
  const std::uint64_t all =
      std::min(number_in("/proc/sys/kernel/pid_max"), number_in("/proc/sys/kernel/threads-max"));
  return {.total = all, .reserve = std::min(all / 16, kReservedTasks)};
}

// A reserve of everything would leave nothing to run on.
void check_reserves(const Json& settings, const cgroups::HostReading& host,
                    std::vector<runtime::FieldError>& wrong) {
  const cgroups::Capacities all = capacities_of(host, settings);
  for (const Setting& setting : kSettings) {
    const cgroups::Capacity& capacity = all[static_cast<std::size_t>(setting.resource)];
    if (setting.reserve && settings.contains(setting.name) && capacity.total &&
        capacity.reserve > *capacity.total)
      wrong.push_back({std::string(setting.name), "is more than the host has"});
  }
}

}  // namespace

Json apply_host_settings(const Json& settings, const std::map<std::string, std::string>& assignments,
                         const cgroups::HostReading& host) {
  Json next = settings.is_object() ? settings : Json::object();
  std::vector<runtime::FieldError> wrong;
  for (const auto& [name, text] : assignments) {
    const Setting* setting = find(name);
    if (setting == nullptr && name != kAccess) {
      wrong.push_back({shown(name), unknown(name)});
    } else if (text.empty()) {
      next.erase(name);
    } else {
      try {
        next[name] = setting != nullptr ? Json(setting->parse(text))
                                        : Json(netns::to_text(netns::parse_host_access(text)));
      } catch (const runtime::Error& error) {
        wrong.push_back({name, error.what()});
      }
    }
  }
  if (wrong.empty()) check_reserves(next, host, wrong);
  if (!wrong.empty()) throw runtime::Error(std::move(wrong));
  return next;
}

Json host_settings(const Registry& registry) {
  const auto text = registry.kept("host", "settings");
  return text ? Json::parse(*text) : Json::object();
}

netns::HostAccess host_access(const Json& settings) {
  return netns::parse_host_access(settings.value(kAccess, std::string(netns::kUsualAccess)));
}

cgroups::HostReading host_reading() {
  return cgroups::HostMeter({}).read();
}

cgroups::Capacities capacities_of(const cgroups::HostReading& host, const Json& settings) {
  cgroups::Capacities all = host_capacities(host.cpus, host.memory_total.count, host.swap_total.count);
  all[static_cast<std::size_t>(Resource::kTasks)] = tasks_of_host();
  for (const Setting& setting : kSettings) {
    const auto found = settings.is_object() ? settings.find(setting.name) : settings.end();
    if (found == settings.end()) continue;
    cgroups::Capacity& capacity = all[static_cast<std::size_t>(setting.resource)];
    (setting.reserve ? capacity.reserve : capacity.total.emplace()) = found->get<std::uint64_t>();
  }
  cgroups::Capacity& sum = all[static_cast<std::size_t>(Resource::kMemswap)];
  sum.reserve = all[static_cast<std::size_t>(Resource::kMemory)].reserve +
                all[static_cast<std::size_t>(Resource::kSwap)].reserve;
  return all;
}

}  // namespace croft::ctl
