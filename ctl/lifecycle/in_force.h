// The specification that a running container goes by: the saved one, or what `croft set --runtime` made of
// it. That lies in /run, so that it outlives the daemon and ends with the run.
#pragma once

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

KeptSpec spec_in_force(const Context& context, const ContainerRecord& record);
// Keeps `spec` for the present run; the saved one again when they are equal. Throws Error.
void put_in_force(const Context& context, const ContainerRecord& record, const Json& spec);
// The run is over.
void drop_in_force(const Context& context, const std::string& uuid) noexcept;

}  // namespace croft::ctl
