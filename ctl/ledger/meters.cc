#include "ctl/ledger/meters.h"

namespace croft::ledger {
namespace {

using enum MeterKind;

constexpr std::array kRows{
    MeterRow{"cpu", "microseconds", kCounter, "cpu"},
    MeterRow{"cpu.user", "microseconds", kCounter, ""},
    MeterRow{"cpu.system", "microseconds", kCounter, ""},
    MeterRow{"cpu.throttled", "microseconds", kCounter, ""},
    MeterRow{"memory", "byte-seconds", kLevel, "memory"},
    MeterRow{"swap", "byte-seconds", kLevel, "swap"},
    MeterRow{"tasks", "task-seconds", kLevel, "tasks"},
    MeterRow{"io.read", "bytes", kCounter, ""},
    MeterRow{"io.written", "bytes", kCounter, ""},
    MeterRow{"io.reads", "operations", kCounter, ""},
    MeterRow{"io.writes", "operations", kCounter, ""},
    MeterRow{"oom.kills", "events", kCounter, ""},
    MeterRow{"memory.peak", "bytes", kPeak, ""},
    MeterRow{"tasks.peak", "tasks", kPeak, ""},
};

constexpr std::array kNetRows{
    MeterRow{"net.in.bytes", "bytes", kCounter, ""},
    MeterRow{"net.in.packets", "packets", kCounter, ""},
    MeterRow{"net.out.bytes", "bytes", kCounter, ""},
    MeterRow{"net.out.packets", "packets", kCounter, ""},
};

}  // namespace

bool is_meter(std::size_t meter) {
  return meter < kRows.size() || (is_net(meter) && meter < kMeters);
}

const MeterRow& row_of(std::size_t meter) {
  if (is_net(meter)) return kNetRows.at((meter - index_of(Meter::kNet)) % kNetRows.size());
  return kRows.at(meter);
}

std::string name_of(std::size_t meter) {
  std::string name(row_of(meter).name);
  if (is_net(meter)) name += "." + std::to_string((meter - index_of(Meter::kNet)) / kNetRows.size());
  return name;
}

}  // namespace croft::ledger
