// Work in another net namespace.
#pragma once

#include <functional>

#include "runtime/fd.h"

namespace croft::netns {

// Runs `work` on a thread that is in that namespace, and waits for it. What it throws is thrown here.
void in_netns(const runtime::Fd& netns, const std::function<void()>& work);

}  // namespace croft::netns
