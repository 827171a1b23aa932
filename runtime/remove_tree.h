// Removing a tree that may be large, in the background.
#pragma once

#include <functional>
#include <string>

namespace croft::runtime {

// As remove_tree of fd.h. Asks `go_on` before every entry, and leaves the rest when it says no.
void remove_tree(const std::string& path, const std::function<bool()>& go_on);

}  // namespace croft::runtime
