// Runs a program of the host for a builder: fixed argument vector, no shell, in mount and pid namespaces of
// its own, so that whatever it mounts or leaves running is gone with it, even after SIGKILL.
#pragma once

#include <string>
#include <vector>

#include "runtime/fd.h"

namespace croft::templates {

// Absolute path of a program in the directories of `path` ("/usr/sbin:/usr/bin"); empty when there is none.
std::string find_program(const std::string& name, const std::string& path);

// An overlay that only the program sees, mounted with `volatile`, so that its flushes cost nothing (Linux
// >= 5.10): dpkg flushes every file, which is the larger part of an installation's time, and nothing of it is
// to be kept. Where the mount is not possible `target` is the plain directory that it is.
struct VolatileMount {
  std::string target;   // an empty directory
  std::string options;  // "lowerdir=...,upperdir=...,workdir=...,volatile"
};

class Program {
 public:
  // Starts argv[0], an absolute path, as process 1 of the namespaces. Standard input is empty. Throws Error.
  // It is killed when the thread that started it ends.
  Program(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
          const VolatileMount& scratch = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();  // kills what still runs, and waits for it

  [[nodiscard]] const runtime::Fd& output() const { return output_; }
  [[nodiscard]] const runtime::Fd& errors() const { return errors_; }  // does not block
  int wait();  // its exit status, or 128 and the signal that ended it

 private:
  runtime::Fd pidfd_;
  runtime::Fd output_;
  runtime::Fd errors_;
};

// What a small program writes to its standard output, at most 1 MiB. Throws Error kSystem when it fails.
std::string output_of(const std::vector<std::string>& argv, const std::vector<std::string>& environment);

}  // namespace croft::templates
