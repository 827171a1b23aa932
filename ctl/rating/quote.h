// What a container of a plan would cost in a whole month, before there is one: when it does nothing, and when
// it uses all the time what it may. Pure.
#pragma once

#include "ctl/rating/rater.h"

namespace croft::rating {

// `about` is what records of it would say (Facts::about). {"month","zone","currency","tariffs","unrated",
// "idle","full": {"lines","total"},"unbounded": meters that have a price, and in the plan no limit, so that
// "full" is without them}.
Json quote(const Terms& terms, const Json& about);

}  // namespace croft::rating
