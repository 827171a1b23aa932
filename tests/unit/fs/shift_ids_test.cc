#include "fs/shift_ids.h"

#include <gtest/gtest.h>

#include <random>

#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;

constexpr IdRange kRange{0x10000000, 65536};

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

TEST(ShiftIds, Owners) {
  EXPECT_EQ(shifted_id(0, kRange), 0x10000000U);
  EXPECT_EQ(shifted_id(65535, kRange), 0x1000ffffU);
  EXPECT_EQ(shifted_id(65536, kRange), 0x1000fffeU);
  EXPECT_EQ(shifted_id(0xffffffff, kRange), 0x1000fffeU);
  EXPECT_EQ(shifted_id(5000, {1000, 1000}), 1999U);
}

// 16909320 is 0x1020408: no multiple of a range's size.
TEST(ShiftIds, FromOneContainersRangeToAnothers) {
  constexpr IdRange kMove{0x10000000, 65536, 16909320};
  EXPECT_EQ(shifted_id(16909320, kMove), 0x10000000U);
  EXPECT_EQ(shifted_id(16909320 + 65535, kMove), 0x1000ffffU);
  for (const std::uint32_t hosts : {0U, 1000U, 16909319U, 16909320U + 65536, 0xffffffffU})
    EXPECT_EQ(shifted_id(hosts, kMove), hosts) << "the host's own stay";
  const std::string there = bytes({1, 0, 0, 3, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 4, 2, 1});
  const std::string here = bytes({1, 0, 0, 3, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16});
  EXPECT_EQ(shifted_attribute("security.capability", there, kMove), here);
}

TEST(ShiftIds, CapabilitiesGetTheRootOfTheRange) {
  const std::string v2 = bytes({1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const std::string v3 = bytes({1, 0, 0, 3, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16});
  EXPECT_EQ(shifted_attribute("security.capability", v2, kRange), v3);
  const std::string v1 = bytes({1, 0, 0, 1, 0, 32, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(shifted_attribute("security.capability", v1, kRange), v3);
  std::string nested = v3;
  nested[20] = 7;
  nested[23] = 0;
  EXPECT_EQ(shifted_attribute("security.capability", nested, kRange).value()[20], 7);
  EXPECT_EQ(shifted_attribute("security.capability", nested, kRange).value()[23], 16);
}

TEST(ShiftIds, AclsShiftUsersAndGroupsOnly) {
  // user::rw-, user:1000:r--, group::r--, group:50:r--, mask::r--, other::---
  const std::string acl = bytes({2,  0, 0, 0,                       //
                                 1,  0, 6, 0, 255,  255, 255, 255,  //
                                 2,  0, 4, 0, 0xe8, 3,   0,   0,    //
                                 4,  0, 4, 0, 255,  255, 255, 255,  //
                                 8,  0, 4, 0, 50,   0,   0,   0,    //
                                 16, 0, 4, 0, 255,  255, 255, 255,  //
                                 32, 0, 0, 0, 255,  255, 255, 255});
  std::string expected = acl;
  expected[19] = 16;
  expected[35] = 16;
  EXPECT_EQ(shifted_attribute("system.posix_acl_access", acl, kRange), expected);
  EXPECT_EQ(shifted_attribute("system.posix_acl_default", acl, kRange), expected);
}

TEST(ShiftIds, WhichAttributesAreKept) {
  for (const char* name : {"user.note", "security.selinux", "trusted.overlay.opaque", "trusted.mine"})
    EXPECT_EQ(shifted_attribute(name, "v", kRange), "v") << name;
  for (const char* name : {"trusted.overlay.redirect", "trusted.overlay.metacopy", "trusted.overlay.origin",
                           "system.nfs4_acl", "btrfs.compression"})
    EXPECT_EQ(shifted_attribute(name, "v", kRange), std::nullopt) << name;
}

TEST(ShiftIds, MalformedOnesAreRefused) {
  std::mt19937 random(3);
  for (const char* name : {"security.capability", "system.posix_acl_access"}) {
    EXPECT_THROW(shifted_attribute(name, "", kRange), Error);
    EXPECT_THROW(shifted_attribute(name, "x", kRange), Error);
    for (int i = 0; i < 20000; ++i) {
      std::string value(random() % 40, '\0');
      for (char& c : value) c = static_cast<char>(random() % 5);
      try {
        EXPECT_GE(shifted_attribute(name, value, kRange).value().size(), 4U);
      } catch (const Error&) {
        continue;
      }
    }
  }
}

}  // namespace
}  // namespace croft::fs
