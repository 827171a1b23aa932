#include "fs/sysctl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;
using testing::HasSubstr;

TEST(Sysctl, NamespacedOnesAreAllowed) {
  for (const char* name :
       {"net.ipv4.ip_forward", "net.ipv4.conf.eth0.rp_filter", "net.core.somaxconn", "kernel.msgmax",
        "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
        "kernel.shm_rmid_forced", "kernel.domainname", "fs.mqueue.msg_max"})
    EXPECT_EQ(sysctl_problem(name, "1"), std::nullopt) << name;
  EXPECT_EQ(sysctl_problem("net.ipv4.tcp_rmem", "4096 131072\t6291456"), std::nullopt);
  EXPECT_EQ(sysctl_file("net.ipv4.ip_forward", "1"), "sys/net/ipv4/ip_forward");
}

TEST(Sysctl, TheHostsOwnAreRefusedWithTheReason) {
  for (const char* name :
       {"kernel.core_pattern", "kernel.panic", "kernel.pid_max", "vm.swappiness", "fs.file-max", "kernel",
        "net", "fs.mqueue", "kernel.msgmax2", "kernel.shm", "user.max_user_namespaces", "abi.vsyscall32"})
    EXPECT_THAT(sysctl_problem(name, "1").value_or(""), HasSubstr("whole host")) << name;
  EXPECT_THAT(sysctl_problem("kernel.hostname", "x").value_or(""), HasSubstr("`hostname`"));
}

TEST(Sysctl, NothingCanBeSmuggledIn) {
  for (const char* name :
       {"", ".", "net.", "net..ipv4", ".net.ipv4", "net/ipv4/ip_forward", "net.../../kernel.core_pattern",
        "net.ipv4.ip_forward+kernel.core_pattern", "net.ipv4.x=1", "net.ipv4.x\n", "net.ipv4 .x"})
    EXPECT_NE(sysctl_problem(name, "1"), std::nullopt) << name;
  for (const char* value :
       {"", "1+kernel.core_pattern", "1=2", "1\nkernel.core_pattern", "|/bin/sh", "1;2", "\x7f", "\xc3\xa9"})
    EXPECT_NE(sysctl_problem("net.ipv4.ip_forward", value), std::nullopt) << value;
  EXPECT_NE(sysctl_problem("net.ipv4.ip_forward", std::string_view("1\0", 2)), std::nullopt);
  EXPECT_NE(sysctl_problem("net." + std::string(1000, 'a'), "1"), std::nullopt);
  EXPECT_NE(sysctl_problem("net.ipv4.ip_forward", std::string(2000, '1')), std::nullopt);
}

TEST(Sysctl, NetworkInsideTheRestFromTheHost) {
  const Sysctls sysctls{
      {"net.core.somaxconn", "1024"}, {"kernel.shmmax", "1000"}, {"fs.mqueue.msg_max", "20"}};
  runtime::LaunchList list;
  plan_sysctls(sysctls, 3, list);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(to_text(list.describe()[0]), "write /proc/sys/net/core/somaxconn = 1024");
  runtime::Changes changes;
  plan_host_sysctls(sysctls, nullptr, changes);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(to_text(changes[0].describe()), "write sysctl kernel.shmmax = 1000");
}

TEST(Sysctl, PlansRefuseTheWholeLot) {
  const Sysctls sysctls{{"kernel.core_pattern", "|/bin/sh"}};
  runtime::LaunchList list;
  runtime::Changes changes;
  try {
    plan_sysctls(sysctls, 0, list);
    ADD_FAILURE() << "planned a host's sysctl";
  } catch (const Error& error) {
    ASSERT_EQ(error.fields().size(), 1U);
    EXPECT_EQ(error.fields()[0].path, "sysctl.kernel.core_pattern");
  }
  EXPECT_THROW(plan_host_sysctls(sysctls, nullptr, changes), Error);
}

}  // namespace
}  // namespace croft::fs
