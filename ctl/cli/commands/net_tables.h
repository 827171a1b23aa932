// Rows about pools and traffic, as several commands print them.
#pragma once

#include <string>
#include <vector>

#include "ctl/cli/columns.h"
#include "ctl/client/client.h"

namespace croft::ctl {

std::vector<ColumnHead> pool_heads();
// One item for each prefix of each pool of the list.
Json pool_rows(const Json& pools);
Row pool_row(const Json& prefix);

std::vector<ColumnHead> class_heads();
// One item for each prefix of each class, in the order of numbers.
Json class_rows(const Json& classes);
Row class_row(const Json& prefix);
// The number of a class, as the API takes it. Throws Error kInvalid.
Json class_operand(const std::string& text);

std::vector<ColumnHead> traffic_heads();
// A row for each class of a container's `traffic`.
std::vector<Row> traffic_rows(const Json& traffic);

}  // namespace croft::ctl
