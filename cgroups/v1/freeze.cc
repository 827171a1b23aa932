#include "cgroups/files.h"
#include "cgroups/v1/drivers.h"
#include "runtime/error.h"

namespace croft::cgroups::v1 {
namespace {

void thaw(const runtime::Fd& directory) {
  runtime::write_file_at(directory, "freezer.state", "THAWED");
}

bool frozen(const runtime::Fd& directory) {
  return read_value(directory, "freezer.state") == "FROZEN\n";
}

// FREEZING turns into FROZEN only while somebody asks, and processes forked meanwhile need the order again
// (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst).
void freeze(const runtime::Fd& directory, Milliseconds timeout) {
  Patience patience(deadline_in(timeout));
  do {
    runtime::write_file_at(directory, "freezer.state", "FROZEN");
    if (frozen(directory)) return;
  } while (patience.wait());
  thaw(directory);
  throw runtime::Error(runtime::ErrorKind::kTimeout, "cannot freeze: a process does not stop in time")
      .cure("it waits in the kernel, for a disk or a network file system; try again");
}

}  // namespace

constinit const FreezeDriver kFreeze{freeze, thaw, frozen};

}  // namespace croft::cgroups::v1
