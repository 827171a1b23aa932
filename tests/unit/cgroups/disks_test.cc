#include "cgroups/disks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cgroups/tree.h"

namespace croft::cgroups {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// sysfs as the kernel lays it out, in part.
class DisksUnder : public testing::Test {
 protected:
  void disk(const std::string& name, const std::string& number) {
    tree.file("sys/devices/x/" + name + "/dev", number + "\n");
    link("devices/x/" + name, name, number);
  }
  void partition(const std::string& parent, const std::string& name, const std::string& number) {
    tree.file("sys/devices/x/" + parent + "/" + name + "/dev", number + "\n");
    tree.file("sys/devices/x/" + parent + "/" + name + "/partition", "1\n");
    link("devices/x/" + parent + "/" + name, name, number);
  }
  void link(const std::string& target, const std::string& name, const std::string& number) {
    for (const std::string& at : {"dev/block/" + number, "class/block/" + name}) link_at(at, target);
  }
  void link_at(const std::string& at, const std::string& target) {
    const std::filesystem::path sys = tree.roots().sys;
    std::filesystem::create_directories((sys / at).parent_path());
    std::filesystem::create_symlink(sys / target, sys / at);
  }
  HostTree tree;
};

TEST_F(DisksUnder, APartitionStandsForItsDisk) {
  disk("sda", "8:0");
  partition("sda", "sda1", "8:1");
  tree.mounted("/proc", "other", "/dev/sda1");
  EXPECT_THAT(disks_under(tree.roots(), "/proc").devices, ElementsAre(BlockDevice{8, 0}));
}

TEST_F(DisksUnder, AllMembersOfABtrfs) {
  disk("sda", "8:0");
  partition("sda", "sda1", "8:1");
  partition("sda", "sda2", "8:2");
  disk("dm-3", "253:3");
  link_at("fs/btrfs/uuid-one/devices/sdb", "devices/x/sda");
  link_at("fs/btrfs/uuid-two/devices/sda1", "devices/x/sda/sda1");
  link_at("fs/btrfs/uuid-two/devices/sda2", "devices/x/sda/sda2");
  link_at("fs/btrfs/uuid-two/devices/dm-3", "devices/x/dm-3");
  tree.mounted("/proc", "btrfs", "/dev/sda1");
  const Disks disks = disks_under(tree.roots(), "/proc");
  EXPECT_THAT(disks.devices, ElementsAre(BlockDevice{8, 0}, BlockDevice{253, 3}));
  EXPECT_EQ(disks.reason, "");
}

TEST_F(DisksUnder, WithoutAListOfMembersTheSourceCounts) {
  disk("loop7", "7:7");
  tree.mounted("/proc", "other", "/dev/loop7");
  EXPECT_THAT(disks_under(tree.roots(), "/proc").devices, ElementsAre(BlockDevice{7, 7}));
}

TEST_F(DisksUnder, WhatHasNoneSaysWhy) {
  EXPECT_THAT(disks_under(tree.roots(), "/proc").reason, HasSubstr("cannot be seen"));
  tree.mounted("/proc", "overlay", "overlay");
  const Disks disks = disks_under(tree.roots(), "/proc");
  EXPECT_TRUE(disks.devices.empty());
  EXPECT_EQ(disks.reason, "overlay has no block device of its own");
  EXPECT_THROW(disks_under(tree.roots(), "/nowhere/at/all"), runtime::Error);
}

TEST_F(DisksUnder, ADeviceThatSysfsDoesNotKnow) {
  tree.mounted("/proc", "btrfs", "/dev/sdz9");
  EXPECT_THAT(disks_under(tree.roots(), "/proc").reason, HasSubstr("/dev/sdz9"));
}

TEST_F(DisksUnder, Schedulers) {
  disk("sda", "8:0");
  EXPECT_EQ(scheduler_of(tree.roots(), {8, 0}), "");
  tree.file("sys/devices/x/sda/queue/scheduler", "none mq-deadline [bfq]\n");
  EXPECT_EQ(scheduler_of(tree.roots(), {8, 0}), "bfq");
  EXPECT_EQ(scheduler_of(tree.roots(), {8, 1}), "");
}

}  // namespace
}  // namespace croft::cgroups
