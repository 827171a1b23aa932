// The short form of assignments: memory=512M:1G:2G for guarantee, barrier and limit of a resource at once.
#pragma once

#include <optional>
#include <string_view>

#include "ctl/spec/amounts.h"
#include "ctl/spec/json.h"

namespace croft::ctl {

// The resource that has a short form under this name ("memory", "sockets.tcp").
std::optional<cgroups::Resource> shorthand_of(std::string_view name);

// GUARANTEE:BARRIER:LIMIT; BARRIER:LIMIT leaves the guarantee as it is; LIMIT alone leaves nothing between
// barrier and limit, so that barrier and burst are unset. An empty text unsets all words of the resource.
// Throws Error kInvalid that says which part is wrong.
void assign_shorthand(Json& spec, cgroups::Resource resource, std::string_view text);

// Whether this short form says what `key` ("memory.limit") says.
bool shorthand_says(cgroups::Resource resource, std::string_view text, std::string_view key);

}  // namespace croft::ctl
