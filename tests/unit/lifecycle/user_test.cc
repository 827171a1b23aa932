// Who a name or a number is, from the texts of a container's own two files.
#include "ctl/lifecycle/user.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "# no entry\n"
    "alice:x:1000:1001::/home/alice:/bin/zsh\n"
    "far:x:70000:1000::/home/far:/bin/sh\n"
    "odd:x:1002:1002::relative:\n";
constexpr std::string_view kGroup =
    "root:x:0:\n"
    "staff:x:50:bob,alice\n"
    "far:x:70000:alice\n"
    "short\n"
    "wheel:x:60:alice\n";

User found(std::string_view who) {
  return find_user(kPasswd, kGroup, who);
}

TEST(FindUser, HasGroupsHomeAndShellOfTheFiles) {
  for (const char* who : {"alice", "1000"}) {
    const User user = found(who);
    EXPECT_EQ(user.uid, 1000U);
    EXPECT_EQ(user.gid, 1001U);
    EXPECT_THAT(user.groups, ElementsAre(50U, 60U));
    EXPECT_EQ(user.home, "/home/alice");
    EXPECT_EQ(user.shell, "/bin/zsh");
  }
}

TEST(FindUser, ANumberNeedsNoEntry) {
  const User user = found("4321");
  EXPECT_EQ(user.uid, 4321U);
  EXPECT_EQ(user.gid, 4321U);
  EXPECT_THAT(user.groups, IsEmpty());
  EXPECT_EQ(user.home, "/");
}

TEST(FindUser, AnEntryWithoutHomeOrShellGetsUsableOnes) {
  EXPECT_EQ(found("odd").home, "/");
  EXPECT_EQ(found("odd").shell, "/bin/sh");
}

TEST(FindUser, AGroupThatIsNamedIsTheOnlyOne) {
  for (const char* who : {"alice:staff", "alice:50", "1000:staff", "1000:50"}) {
    const User user = found(who);
    EXPECT_EQ(user.uid, 1000U) << who;
    EXPECT_EQ(user.gid, 50U) << who;
    EXPECT_THAT(user.groups, IsEmpty()) << who;
    EXPECT_EQ(user.home, "/home/alice") << who;
  }
  EXPECT_EQ(found("4321:77").gid, 77U);
}

TEST(FindUser, SaysWhatIsNotThere) {
  using enum runtime::ErrorKind;
  const std::pair<const char*, std::pair<runtime::ErrorKind, const char*>> cases[] = {
      {"bob", {kNotFound, "there is no user `bob` inside"}},
      {"far", {kNotFound, "there is no user `far` inside"}},
      {"alice:bob", {kNotFound, "there is no group `bob` inside"}},
      {"alice:far", {kNotFound, "there is no group `far` inside"}},
      {"alice:staff:x", {kNotFound, "there is no group `staff:x` inside"}},
      {"65536", {kInvalid, "user `65536` is beyond a container's ids"}},
      {"0:99999999999", {kInvalid, "group `99999999999` is beyond a container's ids"}},
      {"", {kInvalid, "no user is named"}},
      {":staff", {kInvalid, "no user is named"}},
      {"alice:", {kInvalid, "no group is named"}},
  };
  for (const auto& [who, expected] : cases) {
    try {
      found(who);
      ADD_FAILURE() << who << " was found";
    } catch (const runtime::Error& error) {
      EXPECT_EQ(error.kind(), expected.first) << who;
      EXPECT_THAT(error.what(), HasSubstr(expected.second));
    }
  }
}

}  // namespace
}  // namespace croft::ctl
