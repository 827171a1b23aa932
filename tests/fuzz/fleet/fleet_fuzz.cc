#include <cstddef>
#include <cstdint>

#include "tests/fuzz/fleet/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  croft::ctl::fleet_fuzz::fleet({reinterpret_cast<const char*>(data), size});
  return 0;
}
