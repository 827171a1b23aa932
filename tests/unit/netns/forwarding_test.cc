#include "netns/forwarding.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::netns {
namespace {

// A literal /proc with the files that the switches are.
class Forwarding : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(mkdtemp(proc_.data()), nullptr);
    put("ipv4/ip_forward", "0");
    put("ipv6/conf/all/forwarding", "0");
    put("ipv6/conf/all/accept_ra", "1");
    put("ipv6/conf/default/accept_ra", "1");
    put("ipv6/conf/uplink/accept_ra", "1");
    put("ipv6/conf/static/accept_ra", "0");
  }
  void TearDown() override { runtime::remove_tree(proc_); }

  void put(const std::string& name, const std::string& value) {
    const std::string path = proc_ + "/sys/net/" + name;
    runtime::make_directories(path.substr(0, path.rfind('/')), 0700);
    runtime::replace_file(path, value + "\n", 0600, false);
  }
  std::string get(const std::string& name) {
    return runtime::read_file(proc_ + "/sys/net/" + name).substr(0, 1);
  }

  std::string proc_ = testing::TempDir() + "croft-test-proc-XXXXXX";
};

TEST_F(Forwarding, OnAndBack) {
  EnableForwarding change{.proc = proc_};
  change.apply();
  EXPECT_EQ(get("ipv4/ip_forward"), "1");
  EXPECT_EQ(get("ipv6/conf/all/forwarding"), "1");
  EXPECT_EQ(get("ipv6/conf/uplink/accept_ra"), "2");
  EXPECT_EQ(get("ipv6/conf/static/accept_ra"), "0");
  EXPECT_EQ(get("ipv6/conf/default/accept_ra"), "1");
  EXPECT_TRUE(forwarding_state(proc_).v4);
  EXPECT_TRUE(forwarding_state(proc_).v6);
  change.undo();
  EXPECT_EQ(get("ipv4/ip_forward"), "0");
  EXPECT_EQ(get("ipv6/conf/all/forwarding"), "0");
  EXPECT_EQ(get("ipv6/conf/uplink/accept_ra"), "1");
}

TEST_F(Forwarding, WhatWasOnStaysOn) {
  put("ipv4/ip_forward", "1");
  EnableForwarding change{.v6 = false, .proc = proc_};
  change.apply();
  EXPECT_TRUE(change.before.empty());
  change.undo();
  EXPECT_EQ(get("ipv4/ip_forward"), "1");
  EXPECT_EQ(get("ipv6/conf/all/forwarding"), "0");
}

TEST_F(Forwarding, WithoutIPv6) {
  runtime::remove_tree(proc_ + "/sys/net/ipv6");
  EnableForwarding change{.proc = proc_};
  change.apply();
  EXPECT_TRUE(forwarding_state(proc_).v4);
  EXPECT_FALSE(forwarding_state(proc_).v6);
}

TEST_F(Forwarding, FailureTakesBackWhatWasDone) {
  runtime::remove_tree(proc_ + "/sys/net/ipv6/conf/uplink/accept_ra");
  // A directory where a file should be: reading it fails.
  runtime::make_directories(proc_ + "/sys/net/ipv6/conf/uplink/accept_ra", 0700);
  EnableForwarding change{.proc = proc_};
  EXPECT_THROW(change.apply(), runtime::Error);
  EXPECT_EQ(get("ipv4/ip_forward"), "0");
}

}  // namespace
}  // namespace croft::netns
