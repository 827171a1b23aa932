// The host's end of `croft cp`: croft-copy as a child. croft itself stays free of what reads archives.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "runtime/fd.h"

namespace croft::ctl {

class Copier {
 public:
  // Starts croft-copy with `words`; `in` and `out` are its standard input and output. Throws Error
  // kNotFound when it is not installed.
  Copier(const std::vector<std::string>& words, int in, int out);
  Copier(const Copier&) = delete;
  Copier& operator=(const Copier&) = delete;
  ~Copier();  // ends what still runs

  // What it has to say. Throws its Error, kUnavailable when the other end of its pipe went away.
  std::string finish();

 private:
  pid_t pid_ = -1;
  runtime::Fd errors_;
};

}  // namespace croft::ctl
