// Processes that join a running container.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

struct JoinRequest {
  std::vector<std::string> command;  // empty: the user's login shell
  std::vector<std::pair<std::string, std::string>> env;
  std::string user = "0";  // by number: a list of users that is missing or hostile keeps nobody out
  std::string workdir;     // empty: the user's home
  bool tty = false;
  std::array<runtime::FdSlot, 3> streams{};  // without tty
  std::uint16_t rows = 0;
  std::uint16_t columns = 0;
};

struct Joined {
  runtime::ProcessName name;
  pid_t pid = 0;
  runtime::Fd pidfd;
  runtime::Fd terminal;  // with tty
};

// Starts a process inside; its end is told through context.execs. Throws Error kConflict when the container
// does not run, and the child's own failure (kNotFound, kRefused for the program itself).
Joined join_container(Context& context, const ContainerRecord& record, const JoinRequest& request);

// One end of a copy (ctl/copy/copy_main.cc) with the rights of the container's root: in its user namespace
// and cgroup, and in no other namespace of it, where somebody could trace it. Errors as of join_container.
struct CopierRequest {
  std::vector<std::string> words;
  bool inward = false;  // `archive` is read, and written otherwise
  runtime::FdSlot archive;
  runtime::FdSlot errors;
};
Joined start_copier(Context& context, const ContainerRecord& record, const CopierRequest& request);

// The container's net namespace. Throws Error kConflict when it does not run; frozen is fine.
runtime::Fd netns_of(Context& context, const ContainerRecord& record);
// Its UTS namespace, likewise.
runtime::Fd uts_of(Context& context, const ContainerRecord& record);
// Makes directories and files inside, as its root. Throws Error, also where there is no /bin/true to end
// with.
void write_inside(Context& context, const ContainerRecord& record,
                  const std::function<void(runtime::LaunchList&)>& files);

struct InsideResult {
  runtime::ExitRecord exit;
  std::string output;  // of both streams, at most 64 KiB
};
// What a command gets beside its words.
struct InsideGiven {
  std::vector<std::pair<std::string, std::string>> env;
  std::string input;  // its standard input
};
// Runs a command as root inside and waits. Throws Error kTimeout, after killing it.
InsideResult run_inside(Context& context, const ContainerRecord& record,
                        const std::vector<std::string>& command, std::chrono::milliseconds timeout,
                        const InsideGiven& given = {});

}  // namespace croft::ctl
