// The list that a new process walks between clone and exec, as data. The daemon builds it with LaunchList,
// the keeper hands it to the child in a sealed memfd, and runtime/child.cc walks it without allocating,
// locking or throwing. Every step can be printed; every failure comes back as stage + step + object + errno.
//
// Descriptors in the child are named by Slot. Paths come in two kinds and never mix: host paths are resolved
// in the child's copy of the keeper's mount tree, before `enter_root`; targets are absolute paths inside the
// new root, resolved with openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), so that an image cannot lead them
// outside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/change.h"
#include "runtime/fd.h"

namespace croft::runtime {

using Slot = std::uint16_t;
inline constexpr std::size_t kMaxSlots = 96;   // descriptors that one list may use
inline constexpr std::size_t kMaxSteps = 512;  // steps of one list

enum class StepKind : std::uint16_t {
  kStage,
  kReceive,
  kWaitGo,
  kAttachCgroup,
  kUnshare,
  kOwnClocks,
  kJoin,
  kNewSession,
  kStdio,
  kHostname,
  kRlimit,
  kOomScore,
  kNewFilesystem,
  kCloneTree,
  kRoot,
  kMountAt,
  kMakeDirectory,
  kMakeSymlink,
  kMakeFile,
  kMask,
  kReadOnly,
  kWriteProc,
  kEnterRoot,
  kNetlink,
  kOpenPty,
  kBindTerminal,
  kIdentity,
  kCapabilities,
  kNoNewPrivileges,
  kSeccomp,
  kWorkDirectory,
  kExec,
  kFail,
};

// One step as it lies in the memfd. Texts are offsets into the list's text area; what a, b, flags mean is
// said beside the LaunchList function that makes the step.
struct Step {
  StepKind kind = StepKind::kStage;
  Slot slot = 0;
  std::uint32_t flags = 0;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint32_t text = 0;   // offset of a NUL-terminated string, 0 is ""
  std::uint32_t text2 = 0;  // offset of a second one, or of an array of 32-bit numbers
  std::uint32_t size = 0;   // bytes at `text2` where that is binary, or how many numbers
  std::uint32_t spare = 0;
};

// What the memfd begins with; then `steps` Steps, then `text_size` bytes of texts.
struct ListHeader {
  std::uint32_t magic = 0;
  std::uint32_t steps = 0;
  std::uint32_t text_size = 0;
  std::uint16_t passed = 0;  // slots 0..passed-1 are the descriptors that came with the list
  std::uint16_t slots = 0;   // how many slots the list uses in all
};
inline constexpr std::uint32_t kListMagic = 0x63726c32;  // "crl2": changes with every change of format

class LaunchList {
 public:
  // A named part of the launch; the child reports it when it begins, and errors name it.
  void stage(std::string_view name);

  // --- descriptors
  // `fd` travels with the list (its slot may still be empty now, it must be filled when the list is sent).
  Slot pass(FdSlot fd, std::string_view name);
  // The child waits here until the launcher sends one descriptor over the channel (send_slot in
  // runtime/launcher.h).
  Slot receive(std::string_view name);
  // The child waits here for the launcher's word to go on.
  void wait_go();

  // --- process
  // Writes "0" to an open cgroup.procs or tasks file: moves the caller. No-op steps never fail a launch.
  void attach_cgroup(Slot file, std::string_view shown);
  void unshare(std::uint64_t namespaces);  // unshare(2) flags
  // A time namespace for the caller and its children, whose monotonic and boot clocks are zero now. Before
  // `identity`: until then the caller is the owner of its files in /proc.
  void own_clocks();
  void join(Slot pidfd, std::uint64_t namespaces);  // setns(2) to all of them at once, then clone into them
  void new_session(bool controlling_terminal);      // setsid(2), and TIOCSCTTY of fd 0 when asked
  void stdio(Slot in, Slot out, Slot err);          // dup3(2) onto 0, 1, 2
  void hostname(std::string_view name);             // at most 64 bytes
  void rlimit(int resource, std::uint64_t soft, std::uint64_t hard);
  void oom_score(int adjustment);  // -1000..1000
  // A pseudo-terminal of the devpts at /dev/pts of the root, slave on 0, 1, 2; the master goes to the
  // launcher (a terminal session) or to the keeper (the console). Refused when /dev/pts is no devpts: an
  // image cannot redirect it.
  enum class PtyOwner : std::uint32_t { kLauncher, kKeeper };
  void open_pty(PtyOwner master_to, std::uint16_t rows, std::uint16_t columns);
  // Binds that terminal's slave at a target, usually /dev/console; the target file must exist.
  void bind_terminal(std::string_view target);
  void identity(std::uint32_t uid, std::uint32_t gid, const std::vector<std::uint32_t>& groups);
  void capabilities(std::uint64_t bounding);  // bit set of what stays in the bounding set; inheritable 0
  void no_new_privileges();
  void seccomp(std::string_view program);  // array of sock_filter, at most 4096 instructions
  // Inside the root, after enter_root or join. `or_root`: / when it is not there, as login programs do.
  void work_directory(std::string_view path, bool or_root = false);
  void exec(std::string_view path, const std::vector<std::string>& argv, const std::vector<std::string>& env);
  // The same of a passed program, which whoever it is by now need not be able to reach by its path.
  void exec_passed(Slot program, std::string_view path, const std::vector<std::string>& argv,
                   const std::vector<std::string>& env);

  // --- files
  using Options = std::vector<std::pair<std::string, std::string>>;  // key, value; empty value is a flag
  // fsopen(2) + fsconfig(2) + fsmount(2); `attributes` are MOUNT_ATTR_* of mount_setattr(2).
  Slot new_filesystem(std::string_view type, const Options& options, std::uint64_t attributes);
  // open_tree(2) with OPEN_TREE_CLONE of a host path; with `recursive` AT_RECURSIVE. Attributes as above.
  Slot clone_tree(std::string_view host_path, std::uint64_t attributes, bool recursive);
  // Attaches a detached mount at the host directory `staging` and makes it the root that targets are resolved
  // in.
  void root(Slot mount, std::string_view staging);
  // Attaches a detached mount at a target, which must exist and, with `strict`, be reached without any
  // symlink.
  void mount_at(Slot mount, std::string_view target, bool strict = true);
  void make_directory(std::string_view target, std::uint32_t mode);      // an existing directory is fine
  void make_symlink(std::string_view target, std::string_view content);  // an existing entry is left alone
  // In the place of whatever has that name; a directory is refused.
  void replace_symlink(std::string_view target, std::string_view content);
  // A regular file with this content, replacing what is there (never following a symlink at the last
  // component).
  void make_file(std::string_view target, std::string_view content, std::uint32_t mode);
  // Hides a target: the host's null device over a file, an empty read-only tmpfs over a directory; absent is
  // fine.
  void mask(std::string_view target);
  void read_only(std::string_view target);  // a read-only bind mount onto itself; absent is fine
  // Writes to a file of a proc file system made by new_filesystem ("sys/net/ipv4/ip_forward"): a sysctl.
  void write_proc(Slot proc, std::string_view path, std::string_view value);
  void enter_root();  // pivot_root(2), old root detached

  // --- network
  // One rtnetlink request, complete with header, sent inside the child's net namespace; its ack is awaited.
  void netlink(std::string_view message, std::string_view shown);

  // Moves the steps that make detached mounts to before the first receive step, so that the child makes them
  // while its launcher still mounts the root. They depend on nothing that stands between.
  void make_mounts_early();

  // Fault injection: the child fails with EIO instead of step number `index`. Throws Error if there is none
  // such.
  void fail_at(std::size_t index);

  [[nodiscard]] std::size_t size() const { return steps_.size(); }
  [[nodiscard]] std::vector<Description> describe() const;
  // Name of the stage that a step belongs to.
  [[nodiscard]] std::string stage_of(std::size_t index) const;
  [[nodiscard]] const std::vector<FdSlot>& passed() const { return passed_; }
  // The bytes of the memfd: header, steps, texts. Throws Error kInvalid beyond the bounds above.
  [[nodiscard]] std::string pack() const;

 private:
  Step& append(StepKind kind, Description shown);
  std::uint32_t put(std::string_view text);
  std::uint32_t put_numbers(const std::vector<std::uint32_t>& numbers);
  Slot new_slot();

  std::vector<Step> steps_;
  std::vector<Description> shown_;
  std::vector<FdSlot> passed_;
  std::string texts_ = std::string(1, '\0');
  Slot next_slot_ = 0;
};

}  // namespace croft::runtime
