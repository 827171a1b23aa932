// The file of exit records: whatever it says, reading it stays within it.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/runtime/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  croft::runtime::fuzz::records({static_cast<const char*>(bytes), size});
  return 0;
}
