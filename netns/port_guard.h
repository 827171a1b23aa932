// What the host lets through the ports that containers have on its bridges: a table of the bridge family, the
// only one that sees what goes from port to port, beside those of ruleset.h.
//
// A container with addresses stated sends from these only. One without gets them by DHCP, from others, so
// that the host does not know which they will be: it may have any that no other container has stated.
#pragma once

#include <string_view>
#include <vector>

#include "netns/guard.h"

namespace croft::netns {

std::vector<Element> port_elements_of(const Guard& guard);
// What nft is given to make the table, where there is none.
std::string_view port_rules();

}  // namespace croft::netns
