#include "tests/bench/floor/programs.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tests/bench/floor/batch.h"

namespace croft::bench {
namespace {

constexpr std::uint32_t kInBlock = 0x0f100001;
constexpr std::uint32_t kOutBlock = 0x0f100002;
constexpr std::int32_t kAllow = 1;
constexpr std::int32_t kGoOn = -1;  // TC_ACT_UNSPEC

Fd load(bpf_prog_type type, std::uint32_t attach_type, std::int32_t answer) {
  const std::array<bpf_insn, 2> program{
      {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, answer}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}}};
  const std::array<char, 11> license = {"Apache-2.0"};
  bpf_attr attr{};
  attr.prog_type = type;
  attr.expected_attach_type = attach_type;
  attr.insns = reinterpret_cast<std::uint64_t>(program.data());
  attr.insn_cnt = static_cast<std::uint32_t>(program.size());
  attr.license = reinterpret_cast<std::uint64_t>(license.data());
  return Fd(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr)));
}

void attach(const Fd& program, const Fd& cgroup, std::uint32_t type) {
  bpf_attr attr{};
  attr.attach_type = type;
  attr.target_fd = static_cast<std::uint32_t>(cgroup.get());
  attr.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
  attr.attach_flags = BPF_F_ALLOW_MULTI;
  check(syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr), "attach a program of sockets");
}

void add_qdisc(Batch& batch, std::uint32_t link) {
  tcmsg m{};
  m.tcm_ifindex = static_cast<int>(link);
  m.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  m.tcm_parent = TC_H_CLSACT;
  batch.begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof m);
  batch.text(TCA_KIND, "clsact");
  batch.number(TCA_EGRESS_BLOCK, kInBlock);
  batch.number(TCA_INGRESS_BLOCK, kOutBlock);
  batch.end();
}

void add_filter(Batch& batch, std::uint32_t block, const Fd& program) {
  tcmsg m{};
  m.tcm_ifindex = static_cast<int>(TCM_IFINDEX_MAGIC_BLOCK);
  m.tcm_block_index = block;
  m.tcm_handle = 1;
  m.tcm_info = TC_H_MAKE(1U << 16, htons(ETH_P_ALL));
  batch.begin(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof m);
  batch.text(TCA_KIND, "bpf");
  const std::size_t options = batch.open_nest(TCA_OPTIONS);
  batch.number(TCA_BPF_FD, static_cast<std::uint32_t>(program.get()));
  batch.text(TCA_BPF_NAME, "floor");
  batch.number(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
  batch.close_nest(options);
  batch.end();
}

}  // namespace

Programs load_programs() {
  return {load(BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, kAllow),
          load(BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE, kAllow),
          load(BPF_PROG_TYPE_SCHED_CLS, 0, kGoOn), load(BPF_PROG_TYPE_SCHED_CLS, 0, kGoOn)};
}

void attach_socket_programs(const Programs& programs, const Fd& cgroup) {
  if (!programs.create || !programs.release) return;
  attach(programs.release, cgroup, BPF_CGROUP_INET_SOCK_RELEASE);
  attach(programs.create, cgroup, BPF_CGROUP_INET_SOCK_CREATE);
}

void attach_packet_programs(const Programs& programs, const Fd& netlink, std::uint32_t link) {
  if (!programs.in || !programs.out) return;
  Batch batch;
  add_qdisc(batch, link);
  add_filter(batch, kInBlock, programs.in);
  add_filter(batch, kOutBlock, programs.out);
  batch.send_all(netlink, EEXIST);  // the blocks of the link before may still be there, with their filters
}

}  // namespace croft::bench
