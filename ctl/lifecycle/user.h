// Users of a container, looked up in its own files. The files are the container's: they are read through its
// root descriptor without following anything out of it, bounded, and never waited for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/fd.h"

namespace croft::ctl {

struct User {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;
  std::string home = "/";
  std::string shell = "/bin/sh";
};

// `who` is USER or USER:GROUP, each a number 0..65535 or a name of /etc/passwd or /etc/group inside `root`; a
// number without an entry is fine. A group that is named takes the place of all those the user is in.
// Throws Error kNotFound for a name that is not there, kInvalid for a number outside the container's range.
User find_user(const runtime::Fd& root, std::string_view who);
// The same before the container runs: from the first of its directories, the uppermost first, that has the
// file.
User find_user_in(const std::vector<std::string>& directories, std::string_view who);
// From the texts of the two files.
User find_user(std::string_view passwd, std::string_view group, std::string_view who);

}  // namespace croft::ctl
