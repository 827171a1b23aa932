#include "cgroups/v2/drivers.h"
#include "cgroups/v2/events.h"
#include "runtime/error.h"

namespace croft::cgroups::v2 {
namespace {

void thaw(const runtime::Fd& directory) {
  runtime::write_file_at(directory, "cgroup.freeze", "0");
}

void freeze(const runtime::Fd& directory, Milliseconds timeout) {
  runtime::write_file_at(directory, "cgroup.freeze", "1");
  if (wait_event(directory, "frozen", 1, timeout)) return;
  thaw(directory);
  throw runtime::Error(runtime::ErrorKind::kTimeout, "cannot freeze: a process does not stop in time")
      .cure("it waits in the kernel, for a disk or a network file system; try again");
}

bool frozen(const runtime::Fd& directory) {
  return event(directory, "frozen") == 1;
}

}  // namespace

constinit const FreezeDriver kFreeze{freeze, thaw, frozen};

}  // namespace croft::cgroups::v2
