// The BPF program that decides on device access: rules to instructions (pure), and the bpf(2) calls that load
// and attach them. struct bpf_cgroup_dev_ctx and BPF_DEVCG_* in linux/bpf.h.
#pragma once

#include <linux/bpf.h>

#include <vector>

#include "cgroups/devices.h"
#include "runtime/fd.h"

namespace croft::cgroups {

// The whole program: 1 when a rule allows the access, else 0. Throws Error kInvalid beyond kMaxDeviceRules.
std::vector<bpf_insn> assemble(const DeviceRules& rules);

// Throws Error with bpf(2)'s errno.
runtime::Fd load_device_program(const std::vector<bpf_insn>& program);
// To an open cgroup directory of the unified hierarchy, beside programs that are there and above it.
void attach_device_program(const runtime::Fd& group, const runtime::Fd& program);

}  // namespace croft::cgroups
