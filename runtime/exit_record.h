// How a process ended, and the file in which the keeper notes it before it tells anybody, so that an exit
// survives the keeper's own death. One line each: tag generation process kind status seconds-since-1970.
#pragma once

#include <string>
#include <vector>

#include "runtime/protocol.h"

namespace croft::runtime {

struct ExitRecord {
  Tag tag{};
  std::uint64_t generation = 0;
  std::uint64_t process = 0;
  ExitKind kind = ExitKind::kUnknown;
  std::int64_t status = 0;  // exit status of kExited, signal number of kKilled
  std::int64_t time = 0;    // seconds since 1970 on the host's clock
  bool operator==(const ExitRecord&) const = default;
};

std::string to_line(const ExitRecord& record);
// Every whole line of a record file; lines that do not parse are left out (the last one may be torn by a
// crash).
std::vector<ExitRecord> parse_exit_records(std::string_view text);

std::string tag_text(const Tag& tag);             // 32 hex digits
bool parse_tag(std::string_view text, Tag* tag);  // 32 hex digits, hyphens allowed

// How the process behind a pidfd ended, without reaping it. kRunning while it lives. A process that is not
// the caller's child gives kUnknown: what PIDFD_GET_INFO (Linux >= 6.15) tells of such a one is the exit code
// of its last thread, which for an init that called reboot(2) is not how it ended (seen on 6.18).
void read_exit(int pidfd, ExitKind* kind, std::int64_t* status) noexcept;

}  // namespace croft::runtime
