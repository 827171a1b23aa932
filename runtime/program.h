// Runs a program of the host for Croft: fixed argument vector, no shell, in mount and pid namespaces of
// its own, so that whatever it mounts or leaves running is gone with it, even after SIGKILL.
#pragma once

#include <string>
#include <vector>

#include "runtime/fd.h"

namespace croft::runtime {

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
  // Starts argv[0], an absolute path, as process 1 of the namespaces. Standard input is `input`, or empty.
  // Throws Error. It is killed when the thread that started it ends.
  Program(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
          const VolatileMount& scratch = {}, Fd input = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();  // kills what still runs, and waits for it

  [[nodiscard]] const Fd& output() const { return output_; }
  [[nodiscard]] const Fd& errors() const { return errors_; }  // does not block
  [[nodiscard]] const Fd& pidfd() const { return pidfd_; }    // readable once it has ended
  int wait();  // its exit status, or 128 and the signal that ended it

 private:
  Fd pidfd_;
  Fd output_;
  Fd errors_;
};

// Of a small program, which writes at most 1 MiB, and to its standard error no more than a pipe holds.
struct Ran {
  int status = 0;  // as Program::wait
  std::string output;
  std::string complaint;  // the last line of its standard error
};
Ran run_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment);
// What it writes to its standard output. Throws Error kSystem, with its complaint, when it fails.
std::string output_of(const std::vector<std::string>& argv, const std::vector<std::string>& environment);

}  // namespace croft::runtime
