// The columns of `croft list`: what -o and -s name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/cli/columns.h"
#include "ctl/client/client.h"

namespace croft::ctl {

struct ContainerColumn {
  std::string_view name;  // also the head, in capitals
  bool right = false;
  std::string_view path;                             // in what the daemon says of a container
  std::string (*text)(const Json& value) = nullptr;  // for people
  // Exact, for sorting; null where there is none.
  [[nodiscard]] Json value(const Json& container) const;
};

std::vector<ContainerColumn> container_columns();
// The columns of "name,state". Throws Error kInvalid for an unknown one, naming the nearest.
std::vector<ContainerColumn> pick_columns(const std::string& names);
Colour state_colour(const std::string& state);

}  // namespace croft::ctl
