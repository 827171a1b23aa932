// The view's names, numbers and texts: no container leaves its own machine by what it asks for or is called.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/view/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  croft::view::fuzz::text({static_cast<const char*>(bytes), size});
  return 0;
}
