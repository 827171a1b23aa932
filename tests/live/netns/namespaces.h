// Net namespaces of the live tests: "the host" is one of the test's own, and so is every container's.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <exception>
#include <functional>
#include <thread>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::netns::test {

// Runs `body` in a thread that has joined the namespace, or has a new one when there is none.
inline void in_netns(const runtime::Fd* netns, const std::function<void()>& body) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      if ((netns != nullptr ? setns(netns->get(), CLONE_NEWNET) : unshare(CLONE_NEWNET)) != 0)
        runtime::fail_errno("cannot enter a net namespace");
      body();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

inline runtime::FdSlot new_netns() {
  runtime::FdSlot slot = runtime::make_slot();
  in_netns(nullptr, [&] { *slot = runtime::open_file("/proc/thread-self/ns/net", O_RDONLY); });
  return slot;
}

}  // namespace croft::netns::test
