#include <cstddef>
#include <cstdint>

#include "tests/fuzz/ledger/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  croft::ledger::fuzz::readings({reinterpret_cast<const char*>(data), size});
  return 0;
}
