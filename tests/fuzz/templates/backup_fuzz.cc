#include <cstddef>
#include <cstdint>

#include "tests/fuzz/templates/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  croft::templates::fuzz::backup({reinterpret_cast<const char*>(data), size});
  return 0;
}
