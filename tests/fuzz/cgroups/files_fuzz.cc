// The kernel's files of groups and mounts: no text may make a reader leave it, and what it reads is in it.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/cgroups/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  croft::cgroups::fuzz::files({static_cast<const char*>(bytes), size});
  return 0;
}
