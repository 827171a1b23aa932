// What the system call filter lets through and what it refuses, and why; compiled by runtime/seccomp.cc.
#include <asm/ioctls.h>
#include <linux/tty.h>
#include <sys/socket.h>

#include "runtime/seccomp.h"

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

const std::vector<std::string_view>& keyring_calls() {
  static const std::vector<std::string_view> names{"keyctl", "add_key", "request_key"};
  return names;
}

const std::vector<RefusedArgument>& refused_arguments() {
  constexpr std::string_view kTyping =
      "types into a terminal, which may be one of the host's that was handed in as a standard stream";
  static const std::vector<RefusedArgument> table{
      {"socket", 0, AF_VSOCK, "AF_VSOCK", "reaches the machine's hypervisor, out of every net namespace"},
      {"socket", 0, AF_ALG, "AF_ALG",
       "the kernel's own ciphers: large attack surface, nothing a program cannot do for itself"},
      {"ioctl", 1, TIOCSTI, "TIOCSTI", kTyping},
      {"ioctl", 1, TIOCLINUX, "TIOCLINUX", kTyping},
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

}  // namespace croft::runtime
