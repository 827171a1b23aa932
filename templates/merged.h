// A look into layers as overlay would stack them, without mounting anything: whiteouts and opaque directories
// hide, symbolic links are followed inside. The layers are in the store or on their way into it, where nobody
// else can change them.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/fd.h"

namespace croft::templates {

// `layers` are root directories, uppermost first. Opens what is no directory. Throws Error kNotFound, and
// kInvalid for a directory or too many links.
runtime::Fd open_merged(const std::vector<runtime::Fd>& layers, std::string_view path, int flags);

}  // namespace croft::templates
