// A container becomes a template: what it wrote is one more layer on those that it was made from.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/fd.h"
#include "templates/import.h"

namespace croft::templates {

// `upper` is the container's own directory, which nobody writes to meanwhile; `base` describes the template
// that it was made from, with its layers; host id `id_base` is 0 inside. What the container deleted is
// deleted in the template; owners, ACLs and capabilities are as the container sees them. Throws Error as
// import_template does.
Imported commit_container(Store& store, const std::string& name, const Manifest& base,
                          const runtime::Fd& upper, std::uint32_t id_base, const Control& control = {});

}  // namespace croft::templates
