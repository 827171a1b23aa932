#include "cgroups/lines.h"
#include "cgroups/v1/drivers.h"

namespace croft::cgroups::v1 {
namespace {

std::vector<FileValue> lines(const HugetlbKnobs& now, const HugetlbKnobs& next) {
  return hugetlb_lines(now, next, "limit_in_bytes", "-1");
}

}  // namespace

constinit const HugetlbDriver kHugetlb{lines};

}  // namespace croft::cgroups::v1
