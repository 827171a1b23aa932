#include "netns/enter.h"

#include <sched.h>

#include <exception>
#include <thread>

#include "runtime/error.h"

namespace croft::netns {

void in_netns(const runtime::Fd& netns, const std::function<void()>& work) {
  std::exception_ptr failure;
  // setns(2) is for good: the thread ends in that namespace.
  std::thread([&] {
    try {
      if (setns(netns.get(), CLONE_NEWNET) != 0)
        runtime::fail_errno("cannot enter the net namespace of the container");
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace croft::netns
