#include "ctl/resources/systemd_slices.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

struct Unref {
  void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
};

bool ends_unit(const std::string& part) {
  return part.ends_with(".slice") || part.ends_with(".service") || part.ends_with(".scope");
}

}  // namespace

std::vector<std::string> units_of(const std::string& path) {
  std::vector<std::string> units;
  std::string part;
  for (const char letter : path + "/") {
    if (letter != '/') {
      part += letter;
      continue;
    }
    if (!ends_unit(part)) break;  // systemd's groups end where a unit's own begin
    units.push_back(std::exchange(part, {}));
  }
  return units;
}

bool is_systemds(const std::string& path) {
  if (sd_booted() <= 0) return false;
  const auto parts = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1;
  return units_of(path).size() == parts;
}

void set_unit_protection(const std::string& unit, cgroups::Bytes memory_min, std::uint32_t cpu_weight) {
  if (sd_booted() <= 0) return;
  sd_bus* opened = nullptr;
  if (const int failed = sd_bus_open_system(&opened); failed < 0)
    throw Error(ErrorKind::kUnavailable, "cannot reach systemd", -failed);
  const std::unique_ptr<sd_bus, Unref> bus(opened);
  sd_bus_error answer{};
  const int failed = sd_bus_call_method(bus.get(), "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                        "org.freedesktop.systemd1.Manager", "SetUnitProperties", &answer,
                                        nullptr, "sba(sv)", unit.c_str(), 1, 2, "MemoryMin", "t",
                                        memory_min.count, "CPUWeight", "t", std::uint64_t{cpu_weight});
  const std::string words = answer.message != nullptr ? answer.message : "";
  sd_bus_error_free(&answer);
  if (failed < 0)
    throw Error(ErrorKind::kSystem, "systemd does not protect `" + unit + "`: " + words, -failed);
}

}  // namespace croft::ctl
