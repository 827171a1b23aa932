// Work in another namespace.
#pragma once

#include <functional>

#include "runtime/fd.h"

namespace croft::runtime {

// Runs `work` on a thread that is in that namespace, and waits for it. `type`: CLONE_NEWNET or CLONE_NEWUTS,
// which a single thread can enter (setns(2)). What it throws is thrown here.
void in_namespace(const Fd& name_space, int type, const std::function<void()>& work);

}  // namespace croft::runtime
