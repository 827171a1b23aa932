// Containers that are to be destroyed only when a time is over. Until then they keep files, ids, addresses
// and forwards, and are found by their uuid, or by the name that they had; nothing starts them.
#pragma once

#include <string>

#include "ctl/lifecycle/context.h"
#include "ctl/spec/units.h"

namespace croft::ctl {

// One that does not run; the caller holds its Activity.
void put_in_trash(Context& context, const ContainerRecord& record, Seconds keep, const Actor& actor);
// Whoever runs out of time then, as RFC 3339.
std::string trash_time(Seconds keep);

// What a call's {ref} and ?tenant= mean: the one in the trash; by name, the last that was put there. Throws
// Error kNotFound.
ContainerRecord trashed_of(const Context& context, const Call& call);
// Also one in the trash, by its uuid. Throws Error kNotFound.
ContainerRecord container_or_trashed(const Context& context, const Call& call);

// Destroys those whose time is over, now and from then on.
void keep_trash(Context& context);

}  // namespace croft::ctl
