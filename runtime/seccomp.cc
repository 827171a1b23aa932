#include "runtime/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::runtime {
namespace {

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

struct Abi {
  std::uint32_t kernel;   // AUDIT_ARCH_*
  std::uint32_t library;  // SCMP_ARCH_*
};
constexpr std::array kAbis{Abi{AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64}, Abi{AUDIT_ARCH_I386, SCMP_ARCH_X86}};
constexpr int kSocket32 = 359;  // libseccomp has only a stand-in for it, because of socketcall

int number_of(std::string_view name, const Abi& abi) {
  if (abi.library == SCMP_ARCH_X86 && name == "socket") return kSocket32;
  return seccomp_syscall_resolve_name_arch(abi.library, std::string(name).c_str());
}

constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;

sock_filter load(std::size_t offset) {
  return {kLoad, 0, 0, static_cast<std::uint32_t>(offset)};
}

// The kernel takes only the low half of these arguments, so the filter must look at no more: libseccomp can
// compare halves, but cannot say "any other value" of one, which the allow-list would need.
void append_refusal(const RefusedArgument& refused, const Abi& abi, std::string& program) {
  const int number = number_of(refused.call, abi);
  if (number < 0) throw Error(ErrorKind::kSystem, "no number for call `" + std::string(refused.call) + "`");
  const std::array block{load(offsetof(seccomp_data, arch)),
                         sock_filter{kEqual, 0, 5, abi.kernel},
                         load(offsetof(seccomp_data, nr)),
                         sock_filter{kEqual, 0, 3, static_cast<std::uint32_t>(number)},
                         load(offsetof(seccomp_data, args) + sizeof(std::uint64_t) * refused.argument),
                         sock_filter{kEqual, 0, 1, refused.value},
                         sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM}};
  program.append(reinterpret_cast<const char*>(block.data()), sizeof block);
}

}  // namespace

std::string default_filter(KeyRings rings) {
  Filter filter;
  const auto answer = [rings](std::string_view name) {
    const std::vector<std::string_view>& keys = keyring_calls();
    const bool is_key = std::find(keys.begin(), keys.end(), name) != keys.end();
    return is_key && rings == KeyRings::kAllowed ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM);
  };
  for (const std::string_view name : allowed_calls()) filter.rule(SCMP_ACT_ALLOW, name);
  for (const RefusedCall& call : refused_calls()) filter.rule(answer(call.name), call.name);
  std::string program;
  for (const RefusedArgument& refused : refused_arguments())
    for (const Abi& abi : kAbis) append_refusal(refused, abi, program);
  return program + filter.program();
}

}  // namespace croft::runtime
