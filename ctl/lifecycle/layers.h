// Layers and objects that nobody needs any more.
#pragma once

#include "ctl/lifecycle/context.h"
#include "templates/store.h"

namespace croft::ctl {

// The layers that the registry knows of.
templates::Store::Used layers_in_use(const Context& context);

// Takes them out at once, and removes their files in the background.
void collect_layers(Context& context);
// The same at the daemon's start, with what an interrupted run left.
void clean_store(Context& context);

}  // namespace croft::ctl
