// Rows about pools, as several commands print them.
#pragma once

#include <vector>

#include "ctl/cli/columns.h"
#include "ctl/client/client.h"

namespace croft::ctl {

std::vector<ColumnHead> pool_heads();
// One item for each prefix of each pool of the list.
Json pool_rows(const Json& pools);
Row pool_row(const Json& prefix);

}  // namespace croft::ctl
