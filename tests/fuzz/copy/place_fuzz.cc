#include <cstddef>
#include <cstdint>

#include "tests/fuzz/copy/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  croft::ctl::fuzz::place({reinterpret_cast<const char*>(data), size});
  return 0;
}
