#include "ctl/spec/names.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/resource.h>

#include <array>
#include <csignal>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

template <class F>
bool accepts(F check, std::string_view name) {
  try {
    check(name);
    return true;
  } catch (const runtime::Error&) {
    return false;
  }
}

TEST(Names, ContainersAndTenants) {
  for (const char* name : {"a", "0", "web1", "a-b", "0--0", "123e4567"}) {
    EXPECT_TRUE(accepts(check_container_name, name)) << name;
    EXPECT_TRUE(accepts(check_tenant_name, name)) << name;
  }
  EXPECT_TRUE(accepts(check_container_name, std::string(63, 'a')));
  for (const char* name : {"", "-", "-a", "a-", "A", "a_b", "a.b", "a/b", "..", "a b", "a\n", "ä", "*"}) {
    EXPECT_FALSE(accepts(check_container_name, name)) << name;
    EXPECT_FALSE(accepts(check_tenant_name, name)) << name;
  }
  EXPECT_FALSE(accepts(check_container_name, std::string(64, 'a')));
  EXPECT_FALSE(accepts(check_container_name, std::string_view("a\0b", 3)));
}

TEST(Names, AContainerMayNotLookLikeAUuid) {
  const char* uuid = "123e4567-e89b-42d3-a456-426614174000";
  EXPECT_TRUE(looks_like_uuid(uuid));
  EXPECT_FALSE(accepts(check_container_name, uuid));
  EXPECT_TRUE(accepts(check_tenant_name, uuid));
  EXPECT_FALSE(looks_like_uuid("123e4567-e89b-42d3-a456-42661417400"));
  EXPECT_FALSE(looks_like_uuid("123E4567-e89b-42d3-a456-426614174000"));
  EXPECT_FALSE(looks_like_uuid("123e4567xe89b-42d3-a456-426614174000"));
}

TEST(Names, Templates) {
  for (const char* name : {"debian-12", "a", "9", "x.y+z_1-"})
    EXPECT_TRUE(accepts(check_template_name, name)) << name;
  for (const char* name : {"", ".", "..", ".a", "-a", "A", "a/b", "a:b", "a b"})
    EXPECT_FALSE(accepts(check_template_name, name)) << name;
  EXPECT_FALSE(accepts(check_template_name, std::string(64, 'a')));
}

TEST(Names, SignalsByNameAndNumber) {
  EXPECT_EQ(signal_number("TERM"), SIGTERM);
  EXPECT_EQ(signal_number("sigterm"), SIGTERM);
  EXPECT_EQ(signal_number("15"), 15);
  EXPECT_EQ(signal_number("RTMIN"), 34);
  EXPECT_EQ(signal_number("SIGRTMIN+3"), 37);
  EXPECT_EQ(signal_number("RTMAX-1"), 63);
  EXPECT_EQ(signal_number("64"), 64);
  for (const char* text :
       {"", "SIG", "0", "65", "-9", "RTMIN+31", "RTMIN-1", "RTMIN+", "FOO", "9 ", "RTMINX", "009"})
    EXPECT_EQ(signal_number(text), std::nullopt) << text;
  for (int number = 1; number <= 64; ++number) EXPECT_EQ(signal_number(signal_name(number)), number);
}

TEST(Names, RlimitsAndCapabilities) {
  EXPECT_EQ(rlimit_number("nofile"), RLIMIT_NOFILE);
  EXPECT_EQ(rlimit_number("NOFILE"), std::nullopt);
  EXPECT_EQ(capability_number("net_raw"), CAP_NET_RAW);
  EXPECT_EQ(capability_number("CAP_NET_RAW"), CAP_NET_RAW);
  EXPECT_EQ(capability_number("CAP_"), std::nullopt);
  for (int number = 0; number <= CAP_LAST_CAP; ++number)
    EXPECT_EQ(capability_number(capability_name(number)), number);
  EXPECT_EQ(capability_name(CAP_LAST_CAP + 1), "");
}

TEST(Names, AddressesAreCanonical) {
  EXPECT_EQ(canonical_address("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(canonical_address("FD00:0:0::1"), "fd00::1");
  for (const char* text : {"", "10.0.0", "10.0.0.1/32", "010.0.0.1", "0.0.0.0", "127.0.0.1", "224.0.0.1",
                           "240.0.0.1", "255.255.255.255", "::", "::1", "ff02::1", "fe80::1", "fe80::1%eth0",
                           "::ffff:10.0.0.1", "example", "10.0.0.1 "})
    EXPECT_EQ(canonical_address(text), std::nullopt) << text;
  EXPECT_EQ(canonical_address(std::string_view("10.0.0.1\0x", 10)), std::nullopt);
}

TEST(Names, CleanTextHasNoControlsAndIsUtf8) {
  EXPECT_TRUE(is_clean_text(""));
  EXPECT_TRUE(is_clean_text("Grüße, 世界 🙂"));
  EXPECT_TRUE(is_clean_text("a\n\tb", true));
  for (const std::string_view text :
       {std::string_view("a\nb"), std::string_view("\x1b[2J"), std::string_view("\x7f"),
        std::string_view("a\0b", 3), std::string_view("\xc2\x85"), std::string_view("\xff"),
        std::string_view("\xc0\xaf"), std::string_view("\xe4"), std::string_view("\xed\xa0\x80"),
        std::string_view("\xf4\x90\x80\x80"), std::string_view("\xe0\x80\x80"), std::string_view("\r")})
    EXPECT_FALSE(is_clean_text(text)) << shown(text);
  EXPECT_FALSE(is_clean_text("a\rb", true));
}

TEST(Names, WhatIsShownIsSafe) {
  EXPECT_EQ(shown("a\x1b[2Jb\xff"), "a?[2Jb?");
  EXPECT_EQ(shown(std::string(100, 'x')), std::string(80, 'x') + "...");
  EXPECT_EQ(shown(std::string(79, 'x') + "ü"), std::string(79, 'x') + "...");
  EXPECT_TRUE(is_clean_text(shown("\xe4\xb8\xe4\xb8\x96\xc2\x9f")));
}

TEST(Names, NearestIsNearOrNothing) {
  const std::array<std::string_view, 3> known{"memory.limit", "cpu.limit", "hostname"};
  EXPECT_EQ(nearest("memroy.limit", known), "memory.limit");
  EXPECT_EQ(nearest("host", known), "");
  EXPECT_EQ(nearest("host_name", known), "hostname");
  EXPECT_EQ(nearest("zzz", known), "");
}

}  // namespace
}  // namespace croft::ctl
