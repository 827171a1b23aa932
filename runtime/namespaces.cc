#include "runtime/namespaces.h"

#include <sched.h>

#include <exception>
#include <thread>

#include "runtime/error.h"

namespace croft::runtime {

void in_namespace(const Fd& name_space, int type, const std::function<void()>& work) {
  std::exception_ptr failure;
  // setns(2) is for good: the thread ends in that namespace.
  std::thread([&] {
    try {
      if (setns(name_space.get(), type) != 0) fail_errno("cannot enter a namespace of the container");
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace croft::runtime
