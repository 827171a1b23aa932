// From a template to the directories that overlay stacks.
#pragma once

#include <string>
#include <vector>

#include "templates/manifest.h"
#include "templates/store.h"

namespace croft::templates {

// Absolute paths of the layers' root directories, uppermost first, as overlay's lowerdir wants them. Throws
// Error kNotFound naming the template and the layer that the store does not have.
std::vector<std::string> lower_directories(const Store& store, const Manifest& manifest);

}  // namespace croft::templates
