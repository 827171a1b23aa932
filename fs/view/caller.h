// Whose machine a process is to see: the container whose cgroup it is in, in whatever namespaces. That holds
// for processes of `croft exec` and for namespaces within the container as well, and nothing inside can
// change it: all that it can reach lies below its own group.
#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <string_view>

#include "runtime/fd.h"

namespace croft::view {

struct Caller {
  std::string_view path;  // "croft.slice/default/UUID" below a hierarchy's mount; empty: in no container
  std::string_view uuid;  // its end
};

// From the text of /proc/PID/cgroup. `root` is the group that holds all tenants.
Caller find_caller(std::string_view text, std::string_view root);

class Callers {
 public:
  // Throws Error when /proc cannot be opened.
  Callers(const std::string& proc, std::string root);
  // Valid until the next call. In no container too when the process is gone.
  Caller find(pid_t pid);

 private:
  runtime::Fd proc_;
  std::string root_;
  std::array<char, 8192> text_{};
};

}  // namespace croft::view
