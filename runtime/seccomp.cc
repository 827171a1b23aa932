#include "runtime/seccomp.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::runtime {
namespace {

// All calls of Linux up to 6.1 on x86 that a machine of one's own needs. Newer ones are added after somebody
// has looked at what they reach.
constexpr std::string_view kAllowed =
    "_llseek _newselect accept accept4 access adjtimex alarm arch_prctl bind brk cachestat capget capset "
    "chdir chmod chown chown32 chroot clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 "
    "clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 clone clone3 close close_range "
    "connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old "
    "epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group "
    "faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_init fanotify_mark fchdir fchmod "
    "fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork "
    "fremovexattr fsconfig fsetxattr fsmount fsopen fspick fstat fstat64 fstatat64 fstatfs fstatfs64 "
    "fsync ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake "
    "futimesat get_mempolicy get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid "
    "getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid "
    "getpgrp getpid getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit "
    "getrusage getsid getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr "
    "inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents "
    "io_pgetevents io_pgetevents_time64 io_setup io_submit ioctl ioprio_get ioprio_set ipc kcmp kill "
    "landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr link "
    "linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64 madvise "
    "map_shadow_stack mbind membarrier memfd_create memfd_secret migrate_pages mincore mkdir mkdirat "
    "mknod mknodat mlock mlock2 mlockall mmap mmap2 modify_ldt mount mount_setattr move_mount move_pages "
    "mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
    "mq_timedsend_time64 mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap "
    "name_to_handle_at nanosleep newfstatat nice oldfstat oldlstat oldolduname oldstat olduname open "
    "open_tree openat openat2 pause personality pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 "
    "pivot_root pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 "
    "prlimit64 process_madvise process_mrelease process_vm_readv process_vm_writev pselect6 "
    "pselect6_time64 ptrace pwrite64 pwritev pwritev2 quotactl quotactl_fd read readahead readdir "
    "readlink readlinkat readv reboot recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages "
    "removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending "
    "rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 "
    "rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr "
    "sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 "
    "sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select semctl "
    "semget semop semtimedop semtimedop_time64 sendfile sendfile64 sendmmsg sendmsg sendto set_mempolicy "
    "set_mempolicy_home_node set_robust_list set_thread_area set_tid_address setdomainname setfsgid "
    "setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 sethostname setitimer setns "
    "setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid "
    "setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr shmat shmctl shmdt shmget shutdown "
    "sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend socket "
    "socketcall socketpair splice stat stat64 statfs statfs64 statx symlink symlinkat sync "
    "sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun "
    "timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
    "timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask "
    "umount umount2 uname unlink unlinkat unshare utime utimensat utimensat_time64 utimes vfork vhangup "
    "vmsplice wait4 waitid waitpid write writev ";

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), seccomp_release) {
    if (!context_) throw Error(ErrorKind::kSystem, "cannot make a system call filter");
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimise");
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)),
          "set the other ABIs'");
    const int added = seccomp_arch_add(context_.get(), SCMP_ARCH_X86);
    if (added != -EEXIST) check(added, "add the 32-bit part of");
  }
  void rule(std::uint32_t action, std::string_view name) {
    const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
    if (number == __NR_SCMP_ERROR)
      return;  // a name that this libseccomp does not know cannot be called by it either
    check(seccomp_rule_add(context_.get(), action, number, 0), name);
  }
  // Sockets of the hypervisor's family would reach outside of every net namespace.
  void refuse_family(unsigned family) {
    check(seccomp_rule_add(context_.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                           SCMP_A0(SCMP_CMP_EQ, family)),
          "socket");
    check(seccomp_rule_add(context_.get(), SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, family)),
          "socket");
  }
  std::string program() {
    const Fd memory(memfd_create("filter", MFD_CLOEXEC));
    if (!memory) fail_errno("cannot make an anonymous file");
    check(seccomp_export_bpf(context_.get(), memory.get()), "export");
    const off_t size = lseek(memory.get(), 0, SEEK_END);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (pread(memory.get(), bytes.data(), bytes.size(), 0) != size)
      fail_errno("cannot read the system call filter");
    return bytes;
  }

 private:
  static void check(int result, std::string_view what) {
    if (result < 0)
      throw Error(ErrorKind::kSystem, "cannot " + std::string(what) + " the system call filter", -result);
  }
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

}  // namespace

const std::vector<RefusedCall>& refused_calls() {
  constexpr std::string_view kHostKernel = "replaces or extends the kernel that all containers share";
  constexpr std::string_view kHostClock = "the clock is the host's";
  constexpr std::string_view kHostSwap = "swap is the host's";
  constexpr std::string_view kKeyring = "keys of the kernel are not kept apart by any namespace";
  constexpr std::string_view kUring = "runs calls that this filter would not see, and was a frequent way out";
  constexpr std::string_view kPorts = "reaches the machine's ports";
  constexpr std::string_view kGone = "obsolete; only ever of use to an attacker";
  static const std::vector<RefusedCall> table{
      {"kexec_load", kHostKernel},
      {"kexec_file_load", kHostKernel},
      {"init_module", kHostKernel},
      {"finit_module", kHostKernel},
      {"delete_module", kHostKernel},
      {"create_module", kHostKernel},
      {"get_kernel_syms", kHostKernel},
      {"query_module", kHostKernel},
      {"swapon", kHostSwap},
      {"swapoff", kHostSwap},
      {"acct", "process accounting writes for the whole host's pid space"},
      {"settimeofday", kHostClock},
      {"clock_settime", kHostClock},
      {"clock_settime64", kHostClock},
      {"stime", kHostClock},
      {"open_by_handle_at", "opens any inode of a file system by number, past every path check"},
      {"bpf", "loads programs into the shared kernel"},
      {"perf_event_open", "sees the host's counters; large attack surface"},
      {"userfaultfd", "lets a container stop the kernel in the middle of a copy, the usual way to win races"},
      {"keyctl", kKeyring},
      {"add_key", kKeyring},
      {"request_key", kKeyring},
      {"lookup_dcookie", kGone},
      {"iopl", kPorts},
      {"ioperm", kPorts},
      {"vm86", kGone},
      {"vm86old", kGone},
      {"uselib", kGone},
      {"nfsservctl", kGone},
      {"_sysctl", kGone},
      {"sysfs", kGone},
      {"ustat", kGone},
      {"syslog", "the kernel's log is the host's"},
      {"io_uring_setup", kUring},
      {"io_uring_enter", kUring},
      {"io_uring_register", kUring},
  };
  return table;
}

std::vector<std::string_view> allowed_calls() {
  std::vector<std::string_view> names;
  for (std::string_view rest = kAllowed; !rest.empty();) {
    const std::size_t end = rest.find(' ');
    if (end != 0) names.push_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return names;
}

std::string default_filter() {
  Filter filter;
  for (const std::string_view name : allowed_calls())
    if (name != "socket") filter.rule(SCMP_ACT_ALLOW, name);
  filter.refuse_family(AF_VSOCK);
  for (const RefusedCall& call : refused_calls()) filter.rule(SCMP_ACT_ERRNO(EPERM), call.name);
  return filter.program();
}

}  // namespace croft::runtime
