// The system call filter of a system container: an allow-list. What is not in it and not in the table of
// refused calls does not exist for the container (ENOSYS), so that programs fall back as on an older kernel;
// what is refused answers EPERM, and the table says why. seccomp(2), libseccomp.
//
// The filter knows two ABIs, x86-64 and its 32-bit mode; every other one, x32 among them, answers ENOSYS. One
// door it cannot watch: socketcall(2) of 32-bit programs keeps its arguments in memory, so refused socket
// families are open to it. It stays allowed because the C library of 32-bit Debian knows no other way to a
// socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace croft::runtime {

struct RefusedCall {
  std::string_view name;
  std::string_view reason;
};

struct RefusedArgument {
  std::string_view call;
  unsigned argument;    // which one, from 0
  std::uint32_t value;  // of its low 32 bits
  std::string_view name;
  std::string_view reason;
};

// Calls that answer EPERM, with the reason of each.
const std::vector<RefusedCall>& refused_calls();
// Arguments with which a call that is otherwise let through answers EPERM.
const std::vector<RefusedArgument>& refused_arguments();
// Names of the calls that are let through.
std::vector<std::string_view> allowed_calls();

// The calls of refused_calls() that are about the kernel's key rings.
const std::vector<std::string_view>& keyring_calls();
enum class KeyRings { kRefused, kAllowed };

// The filter as an array of sock_filter, for x86-64 and its 32-bit mode. Throws Error when libseccomp cannot
// make it. Costs about a millisecond: made once and kept.
std::string default_filter(KeyRings rings = KeyRings::kRefused);

}  // namespace croft::runtime
