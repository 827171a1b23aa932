// Templates of Debian, made from its packages by mmdebstrap. Its archive is read from the pipe as it is
// written, so that every file is unpacked twice only by dpkg's own doing, never by Croft's.
#pragma once

#include <string>
#include <vector>

#include "templates/build.h"

namespace croft::templates {

// One line of an apt source list: "deb URI SUITE COMPONENT".
using AptSource = std::string;

// Of what `apt-get indextargets` prints, a line "URI RELEASE COMPONENT ORIGIN" each, Debian's own main
// components of this suite, its updates and its security suite. Empty where the suite itself is not among
// them.
std::vector<AptSource> debian_sources(const std::string& index_targets, const std::string& suite);

// The argument vector for `program`. Throws Error kInvalid for a mirror or a package name that is none.
std::vector<std::string> mmdebstrap_arguments(const std::string& program, const std::string& suite,
                                              const std::vector<AptSource>& sources,
                                              const BuildRequest& request);

// Where the build stands after a line of mmdebstrap's standard error; `what` stays empty where the line says
// nothing.
Progress mmdebstrap_progress(const std::string& line);

Build prepare_debian(Store& store, const std::string& name, const std::string& suite,
                     const BuildRequest& request);

}  // namespace croft::templates
