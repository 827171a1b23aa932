// What the step functions of the child share. Private to runtime/child*.cc.
#pragma once

#include <array>

#include "runtime/child.h"

namespace croft::runtime {

inline constexpr int kExitFailed = 71;  // EX_OSERR of sysexits.h

struct ChildState {
  MappedList list;
  std::array<int, kMaxSlots> fds{};
  int channel = -1;
  int keeper = -1;
  int root = -1;     // O_PATH of the new root once it is mounted, of "/" after a join
  int slave = -1;    // slave of the terminal opened by kOpenPty
  int netlink = -1;  // NETLINK_ROUTE socket, opened by the first kNetlink
  std::uint32_t sequence = 0;

  [[nodiscard]] const char* text(std::uint32_t offset) const { return list.texts + offset; }
};

// Each does one step; 0 or an errno.
int do_receive(ChildState& state, const Step& step);
int do_own_clocks();
int do_join(ChildState& state, const Step& step);
int do_open_pty(ChildState& state, const Step& step, std::uint32_t index);
int do_identity(ChildState& state, const Step& step);
int do_capabilities(ChildState& state, const Step& step);
int do_seccomp(ChildState& state, const Step& step);
int do_exec(ChildState& state, const Step& step);
int do_netlink(ChildState& state, const Step& step);

int do_new_filesystem(ChildState& state, const Step& step);
int do_clone_tree(ChildState& state, const Step& step);
int do_root(ChildState& state, const Step& step);
int do_mount_at(ChildState& state, const Step& step);
int do_make_directory(ChildState& state, const Step& step);
int do_make_symlink(ChildState& state, const Step& step);
int do_make_file(ChildState& state, const Step& step);
int do_mask(ChildState& state, const Step& step);
int do_read_only(ChildState& state, const Step& step);
int do_write_proc(ChildState& state, const Step& step);
int do_bind_terminal(ChildState& state, const Step& step);
int do_enter_root(ChildState& state, const Step& step);

// openat2(2) of a target inside the root. `strict` refuses any symbolic link on the way. -1 and errno on
// failure.
int open_target(const ChildState& state, const char* path, std::uint64_t flags, bool strict);
// sendmsg(2) of one message, with one descriptor unless it is -1. 0 or an errno.
int send_message(int socket, const void* bytes, std::size_t size, int fd);

}  // namespace croft::runtime
