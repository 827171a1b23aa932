#include <cstddef>
#include <cstdint>

#include "tests/fuzz/webhook/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  croft::ctl::fuzz::webhook_answer({reinterpret_cast<const char*>(data), size});
  return 0;
}
