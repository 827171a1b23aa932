// The lists of steps that a container's inside is made of, read as text.
#include "fs/inside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "fs/identity.h"
#include "fs/pool.h"
#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kUuid = "0123abcd-ef45-6789-abcd-ef0123456789";

std::vector<std::string> steps(const runtime::LaunchList& list) {
  std::vector<std::string> texts;
  for (const runtime::Description& step : list.describe()) texts.push_back(to_text(step));
  return texts;
}

std::vector<std::string> inside(const InsideIntent& intent) {
  runtime::LaunchList list;
  plan_inside(intent, list);
  static_cast<void>(list.pack());  // within the bounds of a list
  return steps(list);
}

std::ptrdiff_t place(const std::vector<std::string>& list, const std::string& text) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const std::string& s) { return s.starts_with(text); });
  EXPECT_NE(found, list.end()) << text;
  return found - list.begin();
}

TEST(Inside, FileSystemsAndTheirBounds) {
  const std::vector<std::string> list = inside({.shm_bytes = 1000, .run_bytes = 2000});
  EXPECT_THAT(list, Contains(HasSubstr("make file system proc = nosuid,nodev,noexec")));
  EXPECT_THAT(list, Contains(HasSubstr("make file system sysfs = ro,nosuid,nodev,noexec")));
  EXPECT_THAT(list, Contains(HasSubstr("tmpfs = mode=755,size=1m,nr_inodes=4096,nosuid,noexec")));
  EXPECT_THAT(list, Contains(HasSubstr("devpts = ptmxmode=0666,mode=0620,gid=5,max=1024")));
  EXPECT_THAT(list, Contains(HasSubstr("tmpfs = mode=1777,size=1000,nr_inodes=65536,nosuid,nodev,noexec")));
  EXPECT_THAT(list, Contains(HasSubstr("tmpfs = mode=755,size=2000,nr_inodes=65536,nosuid,nodev")));
  for (const char* target :
       {"/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/run", "/dev/null", "/dev/zero",
        "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"})
    EXPECT_THAT(list, Contains(std::string("mount ") + target)) << target;
  for (const std::string& step : list)
    if (step.find("tmpfs") != std::string::npos) {
      EXPECT_THAT(step, HasSubstr("size="));
      EXPECT_THAT(step, HasSubstr("nr_inodes="));
    }
}

TEST(Inside, RunIsLeftToTheImageOfAPlainCommand) {
  EXPECT_THAT(inside({.run_bytes = 0}), Not(Contains("mount /run")));
}

TEST(Inside, DevicesComeFromTheHostIntoTheNewDev) {
  const std::vector<std::string> list = inside({});
  EXPECT_LT(place(list, "mount /dev"), place(list, "create /dev/null"));
  EXPECT_LT(place(list, "create /dev/null"), place(list, "mount /dev/null"));
  EXPECT_LT(place(list, "clone mount of /dev/null"), place(list, "mount /dev/null"));
  EXPECT_THAT(list, Contains("symlink /dev/ptmx = pts/ptmx"));
  EXPECT_THAT(list, Contains("symlink /dev/fd = /proc/self/fd"));
}

TEST(Inside, MasksComeAfterTheMounts) {
  const std::vector<std::string> list = inside({});
  EXPECT_LT(place(list, "mount /sys"), place(list, "mask /proc/kcore"));
  EXPECT_LT(place(list, "mount /proc"), place(list, "mask /proc/kcore"));
  EXPECT_THAT(list, Contains("protect /proc/sysrq-trigger = read-only"));
  EXPECT_THAT(list, Contains("mask /sys/firmware"));
}

TEST(Inside, EveryHiddenPathIsThereOnceWithAReason) {
  std::set<std::string> seen;
  for (const auto* table : {&masked_paths(), &read_only_paths()})
    for (const HiddenPath& hidden : *table) {
      EXPECT_TRUE(seen.insert(hidden.path).second) << hidden.path;
      EXPECT_GE(std::string(hidden.reason).size(), 6U) << hidden.path;
      const std::string path = hidden.path;
      EXPECT_TRUE(path.starts_with("/proc/") || path.starts_with("/sys/")) << path;
    }
}

TEST(Identity, Files) {
  runtime::LaunchList list;
  plan_identity_files({kUuid, "web1.example.org", {"10.207.0.2", "fd00::2"}, {"9.9.9.9"}, true}, list);
  EXPECT_THAT(steps(list),
              ElementsAre("mkdir /etc = 0755", "create /etc/machine-id = 0444", "create /etc/hostname = 0644",
                          "create /etc/hosts = 0644", "create /etc/resolv.conf = 0644"));
  const std::string packed = list.pack();
  EXPECT_THAT(packed, HasSubstr("0123abcdef456789abcdef0123456789\n"));
  EXPECT_THAT(packed, HasSubstr("10.207.0.2\tweb1.example.org web1\nfd00::2\tweb1.example.org web1\n"));
  EXPECT_THAT(packed, HasSubstr("nameserver 9.9.9.9\n"));
}

TEST(Identity, OnlyWhatIsAskedFor) {
  runtime::LaunchList list;
  plan_identity_files({.uuid = kUuid, .hostname = "web1"}, list);
  EXPECT_EQ(list.size(), 3U);
  EXPECT_THAT(list.pack(), HasSubstr("127.0.1.1\tweb1\n"));
}

TEST(Identity, NothingCanBeSmuggledIn) {
  runtime::LaunchList list;
  const auto refused = [&](const IdentityIntent& intent) {
    EXPECT_THROW(plan_identity_files(intent, list), Error);
    EXPECT_EQ(list.size(), 0U);
  };
  for (const char* name : {"", "a b", "a\nb", "a\tb", "a#b", "web1\n10.0.0.1 host"})
    refused({.uuid = kUuid, .hostname = name});
  refused({.uuid = kUuid, .hostname = std::string(254, 'a')});
  refused({.uuid = kUuid, .hostname = "a", .addresses = {"10.0.0.1\n10.0.0.2"}});
  refused({.uuid = kUuid, .hostname = "a", .nameservers = {"9.9.9.9\noptions rotate"}});
  refused({.uuid = kUuid, .hostname = "a", .nameservers = {"ns1"}});
}

TEST(Identity, MachineIdNeedsAUuid) {
  EXPECT_EQ(machine_id_of("0123ABCD-ef45-6789-abcd-ef0123456789"), "0123abcdef456789abcdef0123456789");
  for (const char* wrong : {"", "0123", "00000000-0000-0000-0000-000000000000",
                            "g123abcd-ef45-6789-abcd-ef0123456789", "0123abcd-ef45-6789-abcd-ef0123456789f"})
    EXPECT_THROW(machine_id_of(wrong), Error) << wrong;
}

TEST(PoolDir, Paths) {
  EXPECT_EQ(container_paths("/d/containers", kUuid),
            (ContainerPaths{"/d/containers/" + kUuid, "/d/containers/" + kUuid,
                            "/d/containers/" + kUuid + "/upper", "/d/containers/" + kUuid + "/work"}));
  EXPECT_EQ(container_paths("/d/containers", kUuid, "/srv/pool"),
            (ContainerPaths{"/d/containers/" + kUuid, "/srv/pool/" + kUuid, "/srv/pool/" + kUuid + "/upper",
                            "/srv/pool/" + kUuid + "/work"}));
  for (const char* wrong : {"", ".", "..", "a/b", "/"})
    EXPECT_THROW(container_paths("/d", wrong), Error) << wrong;
}

}  // namespace
}  // namespace croft::fs
