#include <cstddef>
#include <cstdint>

#include "tests/fuzz/netns/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  croft::netns::fuzz::destination({reinterpret_cast<const char*>(data), size});
  return 0;
}
