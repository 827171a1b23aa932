// Any request: either it is taken and keeps the API's bounds, or it is refused as a problem.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/api/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  croft::ctl::fuzz::request({static_cast<const char*>(bytes), size});
  return 0;
}
