#include "cgroups/lines.h"
#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

std::vector<FileValue> lines(const HugetlbKnobs& now, const HugetlbKnobs& next) {
  return hugetlb_lines(now, next, "max", "max");
}

}  // namespace

constinit const HugetlbDriver kHugetlb{lines};

}  // namespace croft::cgroups::v2
