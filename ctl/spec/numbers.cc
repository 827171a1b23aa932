// The tables of names.h that stand for numbers of the kernel: signals, resource limits, capabilities.
#include <linux/capability.h>
#include <sys/resource.h>

#include <array>
#include <csignal>

#include "ctl/spec/names.h"

namespace croft::ctl {
namespace {

struct Named {
  std::string_view name;
  int number;
};

constexpr std::array kSignals{
    Named{"HUP", SIGHUP},   Named{"INT", SIGINT},       Named{"QUIT", SIGQUIT}, Named{"ILL", SIGILL},
    Named{"TRAP", SIGTRAP}, Named{"ABRT", SIGABRT},     Named{"BUS", SIGBUS},   Named{"FPE", SIGFPE},
    Named{"KILL", SIGKILL}, Named{"USR1", SIGUSR1},     Named{"SEGV", SIGSEGV}, Named{"USR2", SIGUSR2},
    Named{"PIPE", SIGPIPE}, Named{"ALRM", SIGALRM},     Named{"TERM", SIGTERM}, Named{"STKFLT", SIGSTKFLT},
    Named{"CHLD", SIGCHLD}, Named{"CONT", SIGCONT},     Named{"STOP", SIGSTOP}, Named{"TSTP", SIGTSTP},
    Named{"TTIN", SIGTTIN}, Named{"TTOU", SIGTTOU},     Named{"URG", SIGURG},   Named{"XCPU", SIGXCPU},
    Named{"XFSZ", SIGXFSZ}, Named{"VTALRM", SIGVTALRM}, Named{"PROF", SIGPROF}, Named{"WINCH", SIGWINCH},
    Named{"IO", SIGIO},     Named{"PWR", SIGPWR},       Named{"SYS", SIGSYS},   Named{"IOT", SIGIOT},
    Named{"POLL", SIGPOLL},
};

constexpr int kRealTimeFirst = 34;
constexpr int kRealTimeLast = 64;

constexpr std::array kRlimits{
    Named{"cpu", RLIMIT_CPU},           Named{"fsize", RLIMIT_FSIZE},
    Named{"data", RLIMIT_DATA},         Named{"stack", RLIMIT_STACK},
    Named{"core", RLIMIT_CORE},         Named{"rss", RLIMIT_RSS},
    Named{"nproc", RLIMIT_NPROC},       Named{"nofile", RLIMIT_NOFILE},
    Named{"memlock", RLIMIT_MEMLOCK},   Named{"as", RLIMIT_AS},
    Named{"locks", RLIMIT_LOCKS},       Named{"sigpending", RLIMIT_SIGPENDING},
    Named{"msgqueue", RLIMIT_MSGQUEUE}, Named{"nice", RLIMIT_NICE},
    Named{"rtprio", RLIMIT_RTPRIO},     Named{"rttime", RLIMIT_RTTIME},
};

constexpr std::array kCapabilities{
    Named{"CHOWN", CAP_CHOWN},
    Named{"DAC_OVERRIDE", CAP_DAC_OVERRIDE},
    Named{"DAC_READ_SEARCH", CAP_DAC_READ_SEARCH},
    Named{"FOWNER", CAP_FOWNER},
    Named{"FSETID", CAP_FSETID},
    Named{"KILL", CAP_KILL},
    Named{"SETGID", CAP_SETGID},
    Named{"SETUID", CAP_SETUID},
    Named{"SETPCAP", CAP_SETPCAP},
    Named{"LINUX_IMMUTABLE", CAP_LINUX_IMMUTABLE},
    Named{"NET_BIND_SERVICE", CAP_NET_BIND_SERVICE},
    Named{"NET_BROADCAST", CAP_NET_BROADCAST},
    Named{"NET_ADMIN", CAP_NET_ADMIN},
    Named{"NET_RAW", CAP_NET_RAW},
    Named{"IPC_LOCK", CAP_IPC_LOCK},
    Named{"IPC_OWNER", CAP_IPC_OWNER},
    Named{"SYS_MODULE", CAP_SYS_MODULE},
    Named{"SYS_RAWIO", CAP_SYS_RAWIO},
    Named{"SYS_CHROOT", CAP_SYS_CHROOT},
    Named{"SYS_PTRACE", CAP_SYS_PTRACE},
    Named{"SYS_PACCT", CAP_SYS_PACCT},
    Named{"SYS_ADMIN", CAP_SYS_ADMIN},
    Named{"SYS_BOOT", CAP_SYS_BOOT},
    Named{"SYS_NICE", CAP_SYS_NICE},
    Named{"SYS_RESOURCE", CAP_SYS_RESOURCE},
    Named{"SYS_TIME", CAP_SYS_TIME},
    Named{"SYS_TTY_CONFIG", CAP_SYS_TTY_CONFIG},
    Named{"MKNOD", CAP_MKNOD},
    Named{"LEASE", CAP_LEASE},
    Named{"AUDIT_WRITE", CAP_AUDIT_WRITE},
    Named{"AUDIT_CONTROL", CAP_AUDIT_CONTROL},
    Named{"SETFCAP", CAP_SETFCAP},
    Named{"MAC_OVERRIDE", CAP_MAC_OVERRIDE},
    Named{"MAC_ADMIN", CAP_MAC_ADMIN},
    Named{"SYSLOG", CAP_SYSLOG},
    Named{"WAKE_ALARM", CAP_WAKE_ALARM},
    Named{"BLOCK_SUSPEND", CAP_BLOCK_SUSPEND},
    Named{"AUDIT_READ", CAP_AUDIT_READ},
    Named{"PERFMON", CAP_PERFMON},
    Named{"BPF", CAP_BPF},
    Named{"CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE},
};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

// At most two digits, no sign; -1 for anything else.
int small_number(std::string_view text) {
  if (text.empty() || text.size() > 2) return -1;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// "RTMIN", "RTMIN+3", "RTMAX-2".
std::optional<int> real_time_number(std::string_view name) {
  const bool from_first = name.starts_with("RTMIN");
  if (!from_first && !name.starts_with("RTMAX")) return std::nullopt;
  const std::string_view rest = name.substr(5);
  if (rest.empty()) return from_first ? kRealTimeFirst : kRealTimeLast;
  const int offset = small_number(rest.substr(1));
  if (rest[0] != (from_first ? '+' : '-') || offset < 0 || offset > kRealTimeLast - kRealTimeFirst)
    return std::nullopt;
  return from_first ? kRealTimeFirst + offset : kRealTimeLast - offset;
}

}  // namespace

std::optional<int> signal_number(std::string_view text) {
  if (const int number = small_number(text); number >= 1 && number <= kRealTimeLast) return number;
  const std::string name = upper(text);
  const std::string_view bare = std::string_view(name).substr(name.starts_with("SIG") ? 3 : 0);
  for (const Named& signal : kSignals)
    if (signal.name == bare) return signal.number;
  return real_time_number(bare);
}

std::string signal_name(int number) {
  for (const Named& signal : kSignals)
    if (signal.number == number) return "SIG" + std::string(signal.name);
  if (number == kRealTimeFirst) return "SIGRTMIN";
  if (number > kRealTimeFirst && number <= kRealTimeLast)
    return "SIGRTMIN+" + std::to_string(number - kRealTimeFirst);
  return std::to_string(number);
}

std::optional<int> rlimit_number(std::string_view name) {
  for (const Named& limit : kRlimits)
    if (limit.name == name) return limit.number;
  return std::nullopt;
}

std::optional<int> capability_number(std::string_view name) {
  const std::string all = upper(name);
  const std::string_view bare = std::string_view(all).substr(all.starts_with("CAP_") ? 4 : 0);
  for (const Named& capability : kCapabilities)
    if (capability.name == bare) return capability.number;
  return std::nullopt;
}

std::string capability_name(int number) {
  for (const Named& capability : kCapabilities)
    if (capability.number == number) return "CAP_" + std::string(capability.name);
  return {};
}

}  // namespace croft::ctl
