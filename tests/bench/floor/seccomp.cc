#include "tests/bench/floor/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "tests/bench/floor/check.h"

namespace croft::bench {
namespace {

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
constexpr unsigned kLastOld =
    335;  // numbers below were given out before the architectures' tables were joined
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
constexpr unsigned kLastOld = 292;
#endif
constexpr unsigned kFirstNew = 424;
constexpr unsigned kLastNew = 450;
constexpr std::size_t kChunk = 120;  // a BPF jump reaches 255 instructions

// Calls that a system container is usually refused; what they are matters little here, that they are tested
// does.
constexpr std::array kRefused = {
    SYS_acct,
    SYS_add_key,
    SYS_bpf,
    SYS_delete_module,
    SYS_finit_module,
    SYS_init_module,
    SYS_kexec_load,
    SYS_keyctl,
    SYS_request_key,
    SYS_open_by_handle_at,
    SYS_perf_event_open,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_swapon,
    SYS_swapoff,
    SYS_userfaultfd,
    SYS_vhangup,
    SYS_quotactl,
    SYS_nfsservctl,
    SYS_lookup_dcookie,
};

bool refused(unsigned number) {
  return std::any_of(kRefused.begin(), kRefused.end(),
                     [&](long r) { return r == static_cast<long>(number); });
}

std::vector<unsigned> allowed() {
  std::vector<unsigned> numbers;
  for (unsigned n = 0; n < kLastOld; ++n)
    if (!refused(n)) numbers.push_back(n);
  for (unsigned n = kFirstNew; n < kLastNew; ++n) numbers.push_back(n);
  return numbers;
}

sock_filter jump_if(unsigned value, std::size_t yes, std::size_t no) {
  return {BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned char>(yes), static_cast<unsigned char>(no), value};
}

constexpr sock_filter give(unsigned action) {
  return {BPF_RET | BPF_K, 0, 0, action};
}

constexpr sock_filter load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offset)};
}

std::vector<sock_filter> build() {
  std::vector<sock_filter> program = {load(offsetof(seccomp_data, arch)), jump_if(kArchitecture, 1, 0),
                                      give(SECCOMP_RET_KILL_PROCESS), load(offsetof(seccomp_data, nr))};
  const std::vector<unsigned> numbers = allowed();
  for (std::size_t at = 0; at < numbers.size(); at += kChunk) {
    const std::size_t size = std::min(kChunk, numbers.size() - at);
    for (std::size_t i = 0; i < size; ++i) program.push_back(jump_if(numbers[at + i], size - i, 0));
    program.push_back({BPF_JMP | BPF_JA, 0, 0, 1});
    program.push_back(give(SECCOMP_RET_ALLOW));
  }
  program.push_back(give(SECCOMP_RET_ERRNO | ENOSYS));
  return program;
}

}  // namespace

void load_filter() {
  static const std::vector<sock_filter> program = build();
  const sock_fprog p{static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
  check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p), "seccomp");
}

}  // namespace croft::bench
