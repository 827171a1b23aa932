#include <cstddef>
#include <cstdint>

#include "tests/fuzz/rating/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  croft::rating::fuzz::tariff({reinterpret_cast<const char*>(data), size});
  return 0;
}
