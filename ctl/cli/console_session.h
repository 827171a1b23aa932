// The client's half of `croft console`: the caller's terminal joined to a container's console until Ctrl-] is
// typed or the container stops. Leaving changes nothing for what runs inside.
#pragma once

#include <functional>
#include <string>

#include "ctl/cli/invocation.h"

namespace croft::ctl {

inline constexpr char kLeaveKey = 0x1d;  // Ctrl-]

enum class Left { kByKey, kByEnd, kBySignal };

// `keeper` is the SOCK_SEQPACKET socket that the daemon handed over: packets 'd' + bytes both ways, 'w' +
// rows and columns (two little-endian 16-bit numbers) to the keeper. Calls `joined` once every key goes to
// the container; the terminal is raw then, and lines must end in "\r\n". Restores the terminal before it
// returns.
Left run_console(runtime::Fd keeper, const Stdio& stdio, const std::function<void()>& joined);

// A window size as the keeper wants it.
std::string size_packet(unsigned rows, unsigned columns);

}  // namespace croft::ctl
