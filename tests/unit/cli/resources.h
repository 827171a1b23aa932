// Resources of containers as the API shows them, for the tests of the screens that show them.
#pragma once

#include "tests/unit/cli/containers.h"

namespace croft::ctl {

inline Json resource(const std::string& name, const std::string& unit, std::uint64_t held,
                     const Json& limit) {
  return {{"resource", name}, {"unit", unit},   {"held", held},     {"maxheld", held}, {"guarantee", 0},
          {"barrier", limit}, {"limit", limit}, {"burst", nullptr}, {"share", 100},    {"failcnt", 0}};
}

// A container that runs within its bounds, with burst of cpu and memory.
inline Json resources(const std::string& name, const std::string& tenant = "default") {
  constexpr std::uint64_t kMega = 1U << 20U;
  Json cpu = resource("cpu", "milli-cpu", 250, 2000);
  cpu.update({{"guarantee", 500},
              {"barrier", 1000},
              {"burst",
               {{"amount", 600'000'000}, {"period_us", nullptr}, {"left", 450'000'000}, {"allowed", true}}}});
  Json memory = resource("memory", "bytes", 300 * kMega, 1024 * kMega);
  memory.update({{"maxheld", 400 * kMega},
                 {"guarantee", 256 * kMega},
                 {"barrier", 512 * kMega},
                 {"burst",
                  {{"amount", 1'800'000'000},
                   {"period_us", 86'400'000'000},
                   {"left", 1'800'000'000},
                   {"allowed", true}}}});
  return {{"uuid", "6c1f0c5e-0000-4000-8000-0000000000" + std::to_string(10 + name.size())},
          {"name", name},
          {"tenant", tenant},
          {"state", "running"},
          {"resources",
           {cpu, memory, resource("swap", "bytes", 0, 512 * kMega),
            resource("memswap", "bytes", 300 * kMega, nullptr), resource("io", "bytes/s", 3 * kMega, nullptr),
            resource("iops", "1/s", 120, 1000), resource("tasks", "items", 12, 500),
            resource("files", "items", 80, nullptr), resource("sockets.tcp", "items", 3, 200),
            resource("sockets.other", "items", 1, 200)}}};
}

// The resource of that name in a container, to change it.
inline Json& at_resource(Json& container, const std::string& name) {
  for (Json& one : container.at("resources"))
    if (one.at("resource") == name) return one;
  throw std::out_of_range(name);
}

}  // namespace croft::ctl
