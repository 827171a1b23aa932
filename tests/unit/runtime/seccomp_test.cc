// The filter's program, run here by a few lines of interpreter over every call number of both ABIs.
#include "runtime/seccomp.h"

#include <asm/ioctls.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <stdexcept>

namespace croft::runtime {
namespace {

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;
constexpr int kBeyond = 1024;  // the kernel's tables end below 600
constexpr std::uint32_t kX32 = 0x40000000;

class Program {
 public:
  explicit Program(const std::string& bytes) : code_(bytes.size() / sizeof(sock_filter)) {
    std::memcpy(code_.data(), bytes.data(), bytes.size());
  }
  [[nodiscard]] std::size_t size() const { return code_.size(); }

  // seccomp(2): only loads from the call's data, jumps and returns occur.
  [[nodiscard]] std::uint32_t operator()(const seccomp_data& data) const {
    std::uint32_t value = 0;
    for (std::size_t at = 0;; ++at) {
      const sock_filter& step = code_.at(at);
      if (step.code == (BPF_RET | BPF_K)) return step.k;
      if (step.code == (BPF_LD | BPF_W | BPF_ABS)) {
        std::memcpy(&value, reinterpret_cast<const char*>(&data) + step.k, sizeof value);
      } else {
        at += jump(step, value);
      }
    }
  }
  [[nodiscard]] std::uint32_t operator()(std::uint32_t arch, std::uint32_t number, std::uint64_t first = 0,
                                         std::uint64_t second = 0) const {
    return (*this)({static_cast<int>(number), arch, 0, {first, second, 0, 0, 0, 0}});
  }

 private:
  static std::size_t jump(const sock_filter& step, std::uint32_t value) {
    switch (step.code) {
      case BPF_JMP | BPF_JA:
        return step.k;
      case BPF_JMP | BPF_JEQ | BPF_K:
        return value == step.k ? step.jt : step.jf;
      case BPF_JMP | BPF_JGT | BPF_K:
        return value > step.k ? step.jt : step.jf;
      case BPF_JMP | BPF_JGE | BPF_K:
        return value >= step.k ? step.jt : step.jf;
      default:
        throw std::logic_error("instruction " + std::to_string(step.code));
    }
  }
  std::vector<sock_filter> code_;
};

const Program& program() {
  static const Program kProgram(default_filter());
  return kProgram;
}

struct Abi {
  std::uint32_t kernel;
  std::uint32_t library;
};
class Filter : public testing::TestWithParam<Abi> {
 protected:
  // Numbers of names in this ABI; the library's stand-ins are negative and left out.
  static std::set<int> numbers(const std::vector<std::string_view>& names) {
    std::set<int> found;
    for (const std::string_view name : names)
      if (const int number = seccomp_syscall_resolve_name_arch(GetParam().library, std::string(name).c_str());
          number >= 0)
        found.insert(number);
    return found;
  }
  static std::vector<std::string_view> refused_names() {
    std::vector<std::string_view> names;
    for (const RefusedCall& call : refused_calls()) names.push_back(call.name);
    return names;
  }
};

TEST_P(Filter, EveryNumberHasTheAnswerThatTheTablesGive) {
  std::set<int> allowed = numbers(allowed_calls());
  if (GetParam().library == SCMP_ARCH_X86)  // the library has only stand-ins for parts of socketcall and ipc
    for (const auto& [first, last] : {std::pair{337, 337}, {345, 345}, {359, 373}, {393, 402}})
      for (int number = first; number <= last; ++number) allowed.insert(number);
  const std::set<int> refused = numbers(refused_names());
  ASSERT_GT(allowed.size(), 300U);
  ASSERT_GT(refused.size(), 20U);
  for (int number = 0; number < kBeyond; ++number) {
    const std::uint32_t expected = refused.contains(number)   ? kRefuse
                                   : allowed.contains(number) ? kAllow
                                                              : kUnknown;
    EXPECT_EQ(program()(GetParam().kernel, static_cast<std::uint32_t>(number)), expected) << number;
  }
}

TEST_P(Filter, KeyRingsAreLetThroughAloneWhereTheyAreAskedFor) {
  const Program with_keys(default_filter(KeyRings::kAllowed));
  const std::set<int> keys = numbers(keyring_calls());
  ASSERT_EQ(keys.size(), 3U);
  for (int number = 0; number < kBeyond; ++number) {
    const auto call = static_cast<std::uint32_t>(number);
    EXPECT_EQ(with_keys(GetParam().kernel, call),
              keys.contains(number) ? kAllow : program()(GetParam().kernel, call))
        << number;
  }
}

TEST_P(Filter, NumbersBeyondEveryTableAreUnknown) {
  for (const std::uint32_t number : {9999U, 0x3fffffffU, 0x80000000U, 0xffffffffU})
    EXPECT_EQ(program()(GetParam().kernel, number), kUnknown) << number;
}

INSTANTIATE_TEST_SUITE_P(Abis, Filter,
                         testing::Values(Abi{AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64},
                                         Abi{AUDIT_ARCH_I386, SCMP_ARCH_X86}));

// x32 shares the 64-bit ABI's architecture and differs by a bit of the number.
TEST(SystemCalls, OtherAbisAreUnknown) {
  for (std::uint32_t number = 0; number < kBeyond; ++number) {
    EXPECT_EQ(program()(AUDIT_ARCH_X86_64, kX32 | number), kUnknown) << number;
    EXPECT_EQ(program()(AUDIT_ARCH_AARCH64, number), kUnknown) << number;
  }
}

TEST(SystemCalls, RefusedArgumentsAreRefusedWhateverTheirUpperHalf) {
  const std::map<std::string_view, std::array<std::uint32_t, 2>> numbers{{"socket", {SYS_socket, 359}},
                                                                         {"ioctl", {SYS_ioctl, 54}}};
  for (const RefusedArgument& refused : refused_arguments()) {
    for (const std::uint64_t upper : {0ULL, 1ULL << 32U, 0xffffffffULL << 32U}) {
      const std::uint64_t value = upper | refused.value;
      for (std::size_t abi = 0; abi < 2; ++abi) {
        const std::uint32_t number = numbers.at(refused.call)[abi];
        const std::uint32_t arch = abi == 0 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_I386;
        const bool first = refused.argument == 0;
        EXPECT_EQ(program()(arch, number, first ? value : 0, first ? 0 : value), kRefuse) << refused.name;
        EXPECT_EQ(program()(arch, number, first ? value + 1 : 0, first ? 0 : value + 1), kAllow)
            << refused.name;
      }
    }
  }
}

TEST(SystemCalls, TheTablesDoNotContradictEachOther) {
  std::set<std::string_view> seen;
  for (const std::string_view name : allowed_calls()) EXPECT_TRUE(seen.insert(name).second) << name;
  for (const RefusedCall& call : refused_calls()) {
    EXPECT_TRUE(seen.insert(call.name).second) << call.name;
    EXPECT_GT(call.reason.size(), 10U) << call.name;
  }
}

// Of its own knowledge, not the table's: a row that is lost there is missed here, and so is one that is added
// without anybody saying so.
TEST(SystemCalls, WhatMustBeRefusedIs) {
  const std::set<std::string_view> expected{"kexec_load",
                                            "kexec_file_load",
                                            "init_module",
                                            "finit_module",
                                            "delete_module",
                                            "create_module",
                                            "get_kernel_syms",
                                            "query_module",
                                            "swapon",
                                            "swapoff",
                                            "acct",
                                            "settimeofday",
                                            "clock_settime",
                                            "clock_settime64",
                                            "stime",
                                            "bpf",
                                            "perf_event_open",
                                            "userfaultfd",
                                            "open_by_handle_at",
                                            "keyctl",
                                            "add_key",
                                            "request_key",
                                            "lookup_dcookie",
                                            "iopl",
                                            "ioperm",
                                            "vm86",
                                            "vm86old",
                                            "uselib",
                                            "nfsservctl",
                                            "_sysctl",
                                            "sysfs",
                                            "ustat",
                                            "syslog",
                                            "io_uring_setup",
                                            "io_uring_enter",
                                            "io_uring_register"};
  std::set<std::string_view> refused;
  for (const RefusedCall& call : refused_calls()) refused.insert(call.name);
  EXPECT_EQ(refused, expected);
  std::set<std::string_view> arguments;
  for (const RefusedArgument& refusal : refused_arguments()) arguments.insert(refusal.name);
  EXPECT_EQ(arguments, (std::set<std::string_view>{"AF_VSOCK", "AF_ALG", "TIOCSTI", "TIOCLINUX"}));
}

TEST(SystemCalls, TheProgramFitsTheKernel) {
  EXPECT_GT(program().size(), 100U);
  EXPECT_LE(program().size(), static_cast<std::size_t>(BPF_MAXINSNS));
}

}  // namespace
}  // namespace croft::runtime
