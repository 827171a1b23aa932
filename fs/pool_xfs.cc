// The file system of the kind xfs.
#include "fs/pool.h"

namespace croft::fs {
namespace {

constexpr const char* kPackage = "xfsprogs";

void no_check(const std::string& /*image*/) {}  // mounting replays the log, and refuses what is damaged

void nothing(const std::string& /*place*/) {}

void grow(const std::string& place, std::uint64_t /*bytes*/) {
  run_tool({"xfs_growfs", "-d", place}, kPackage);
}

}  // namespace

const PoolFormat& xfs_format() {
  static const PoolFormat format{
      .type = "xfs",
      .package = kPackage,
      .ways = {{{"mkfs.xfs", "-q", "-f"}, "prjquota,discard"}, {{"mkfs.xfs", "-q", "-f"}, "discard"}},
      .check = no_check,
      .prepare = nothing,
      .grow = grow};
  return format;
}

}  // namespace croft::fs
