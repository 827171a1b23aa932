// Destroying a container: the intent first, then one sweep over whatever exists of it, then the record.
#pragma once

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

// The container must not run; the caller holds its Activity. Can be repeated after any interruption. Throws
// Error when something resists: the container stays, destroying, with that as its reason.
void destroy_now(Context& context, const ContainerRecord& record, const Actor& actor);
// Removes a container's home in the background, as it then lies in its pool.
void remove_home_later(Context& context, std::shared_ptr<const fs::Pool> pool, const std::string& home);
// Removes a tree in the background, or after the next start of the daemon: it lies in D/tmp.
void remove_later(Context& context, const std::string& path);

}  // namespace croft::ctl
