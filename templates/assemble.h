// What import and the builders share: stage, fill through an Unpacker, look into it, commit.
#pragma once

#include <functional>
#include <string>

#include "templates/import.h"
#include "templates/unpack.h"

namespace croft::templates {

using Fill = std::function<void(Unpacker& unpacker, Report& report)>;

// On any failure nothing is left in the store; a full pool is named with what is free on it.
Imported assemble(Store& store, const std::string& name, const Control& control, const Fill& fill);

}  // namespace croft::templates
