// Puts the entries of an archive into a directory that has other files already. The archive is hostile, and
// so may be who else writes to the directory:
// - nothing is reached through a symbolic link, whoever made it, nor outside of the directory (openat2
//   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
// - a file gets its name when it is whole, in place of what had it; nothing is ever opened for writing that
//   was there, so that a hard link or a fifo put in its place leads nowhere;
// - hard links go to files of the same archive only; device nodes, fifos and sockets are left out;
// - of extended attributes only user.* are taken; data of zeros becomes a hole; all is bounded
//   (templates/bounds.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/fd.h"
#include "templates/bounds.h"
#include "templates/sink.h"

namespace croft::ctl {

struct PlaceRules {
  bool keep_owner = false;                         // else the caller's
  std::optional<std::pair<uid_t, gid_t>> owner{};  // of everything
  mode_t modes = 0777;                             // the permission bits that an entry may have
  templates::Bounds bounds{};
};

class Place : public templates::Sink {
 public:
  // `name`, unless it is empty, is what the archive's one topmost entry is called here.
  Place(runtime::Fd base, std::string name, const PlaceRules& rules);
  ~Place() override;

  void begin(templates::Entry entry) override;
  void data(std::uint64_t offset, std::string_view bytes) override;
  void end() override;
  // Gives the directories that were made their modes, owners and times.
  void finish();
  // Device nodes, fifos and sockets.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

 private:
  [[nodiscard]] std::string passing_name() const;
  [[nodiscard]] std::string here(const std::string& path) const;
  runtime::Fd directory(std::string_view path);
  void make();
  void make_directory();
  void make_file();
  void make_symlink();
  void make_link();
  void appear();
  void give(const runtime::Fd& file, const templates::Entry& entry) const;
  [[nodiscard]] std::pair<uid_t, gid_t> owner_of(const templates::Entry& entry) const;

  runtime::Fd base_;
  std::string name_;
  PlaceRules rules_;
  templates::Entry current_;
  runtime::Fd parent_;
  runtime::Fd file_;
  std::string passing_;  // the name that what is being made has until then; empty for none
  std::set<std::string> files_;
  std::vector<templates::Entry> made_;
  std::uint64_t entries_ = 0;
  std::uint64_t name_bytes_ = 0;
  std::uint64_t data_bytes_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace croft::ctl
