// Quotas on what a container writes: a project of its own on the file system that its files lie on. xfs and
// ext4 have projects, with hard limits on bytes and inodes, where they are mounted with `prjquota`; df(1)
// inside then shows the limit as the size of the disk. quotactl(2), Documentation/filesystems/ext4,
// xfs_quota(8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/fd.h"

namespace croft::fs {

// Of a file system's projects, which xfs and ext4 number with 32 bits. 0 is what has no project.
using Project = std::uint32_t;

struct QuotaLimits {
  std::optional<std::uint64_t> bytes;   // empty: as much as there is; kept in steps of 1024
  std::optional<std::uint64_t> inodes;  // files, directories and all else that has a name
  bool operator==(const QuotaLimits&) const = default;
};

struct QuotaUse {
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> inodes = 0;  // empty: not counted
  bool operator==(const QuotaUse&) const = default;
};

class Quotas {
 public:
  // `directory` is where the containers' files lie. Asks the file system once; never fails.
  explicit Quotas(const std::string& directory);

  // Why nothing is limited here, and what to do; empty: limits are kept.
  [[nodiscard]] const std::string& absent() const { return absent_; }
  [[nodiscard]] const std::string& cure() const { return cure_; }
  [[nodiscard]] bool kept() const { return absent_.empty(); }
  [[nodiscard]] const std::string& file_system() const { return file_system_; }  // "ext4"

  // --- only where they are kept; each throws Error
  // Makes an empty directory the project's: so is all that will be made in it, whoever makes it. Root of a
  // user namespace cannot change that.
  void give(const runtime::Fd& directory, Project project) const;
  // The project of a directory.
  [[nodiscard]] Project project_of(const std::string& directory) const;
  // Limits below what is used let nothing more be written until enough is removed.
  void set(Project project, const QuotaLimits& limits) const;
  [[nodiscard]] QuotaLimits limits(Project project) const;
  [[nodiscard]] QuotaUse use(Project project) const;

 private:
  runtime::Fd place_;
  std::string file_system_;
  std::string absent_;
  std::string cure_;
};

}  // namespace croft::fs
