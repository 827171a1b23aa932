// Settings that stay as an operator set them, whatever their plan says.
#pragma once

#include <string>

#include "ctl/client/client.h"

namespace croft::ctl {

// "cpu.limit=3, memory.limit=512M" of [{"key","value","plan"}...]; "-" for none.
std::string own_text(const Json& own);

}  // namespace croft::ctl
