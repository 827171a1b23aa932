// The kernel's log: whatever killed processes are called, their kill stays in the group that was full.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/cgroups/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  croft::cgroups::fuzz::kmsg({static_cast<const char*>(bytes), size});
  return 0;
}
