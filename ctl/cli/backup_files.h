// Backups in a directory of the operator's: how they are called, how one appears, and which are kept. A
// backup has no name before it is whole, so that nothing is left of one that was interrupted, however that
// happened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/spec/retention.h"
#include "runtime/fd.h"

namespace croft::ctl {

// "acme_web1_20261122-113005.croft.tar.zst"; the time is UTC.
std::string backup_name(const std::string& tenant, const std::string& name, std::int64_t time);
// The time in such a name; nothing in one of another container or of something else.
std::optional<std::int64_t> backup_time(std::string_view file, const std::string& tenant,
                                        const std::string& name);

// A file without a name in the directory that `path` is to lie in.
class NamelessFile {
 public:
  // Throws Error: kExists when `path` is there, kUnsupported where the file system has no such files.
  explicit NamelessFile(std::string path);
  [[nodiscard]] int fd() const { return fd_.get(); }
  // Makes it durable and gives it its name. Throws Error kExists when somebody else was quicker.
  void name() const;

 private:
  std::string path_;
  runtime::Fd fd_;
};

// Removes those of the container that `keep` does not keep; their names, oldest first.
std::vector<std::string> expire_backups(const std::string& directory, const std::string& tenant,
                                        const std::string& name, const Retention& keep);

}  // namespace croft::ctl
