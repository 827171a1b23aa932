#include <array>

#include "cgroups/figures.h"
#include "cgroups/reading.h"
#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

constexpr std::array kGauges{
    Gauge{"memory.pressure", &Wanted::stall, [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.memory_stall, stall_total(text, "full"));
          }}};

}  // namespace

constinit const PressureDriver kPressure{kGauges};

}  // namespace croft::cgroups::v2
