// Rules between keys.
#include <gtest/gtest.h>

#include <vector>

#include "ctl/spec/device.h"
#include "ctl/spec/spec.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

std::vector<runtime::FieldError> errors_of(const Json& json) {
  try {
    parse_spec(json);
    return {};
  } catch (const runtime::Error& error) {
    return error.fields();
  }
}

TEST(BetweenKeys, SnapshotsOnScheduleExpire) {
  EXPECT_EQ(errors_of({{"template", "t"}, {"snapshot", {{"schedule", "1d"}}}}).at(0).path, "snapshot.keep");
  EXPECT_EQ(errors_of({{"template", "t"}, {"snapshot", {{"keep", "7d"}}}}).at(0).path, "snapshot.schedule");
  EXPECT_EQ(
      errors_of({{"template", "t"}, {"snapshot", {{"schedule", "1d"}, {"keep", "150h,60d"}}}}).at(0).path,
      "snapshot.keep");
}

// It is gone when it stops: there is nothing to start again, nor to keep.
TEST(BetweenKeys, AnEphemeralContainerNeitherStartsAgainNorIsProtected) {
  const auto path_of = [](const char* key, const Json& value) {
    return errors_of({{"template", "t"}, {"ephemeral", true}, {key, value}}).at(0).path;
  };
  EXPECT_EQ(path_of("restart", "always"), "restart");
  EXPECT_EQ(path_of("protected", true), "protected");
  EXPECT_EQ(errors_of({{"template", "t"}, {"boot", {{"order", 10000}}}}).at(0).path, "boot.order");
  EXPECT_EQ(errors_of({{"template", "t"}, {"boot", {{"delay", "61min"}}}}).at(0).path, "boot.delay");
  EXPECT_EQ(errors_of({{"template", "t"}, {"onboot", true}}).at(0).path, "onboot");
}

TEST(Spec, WhatBecomesAPathOrALineHasNothingElseInIt) {
  for (const char* zone :
       {"../etc/shadow", "Europe/../x", "/etc/passwd", "Europe/", "a b", "", "Europe//Berlin", "A\nB"})
    EXPECT_EQ(errors_of({{"template", "t"}, {"timezone", zone}}).at(0).path, "timezone") << zone;
  for (const char* zone : {"UTC", "Etc/GMT+8", "America/Port-au-Prince", "CST6CDT"})
    EXPECT_EQ(parse_spec({{"template", "t"}, {"timezone", zone}}).timezone, zone);
  for (const char* locale : {"", "-x", "a b", "de_DE.UTF-8\nX=1", "$(id)"})
    EXPECT_EQ(errors_of({{"template", "t"}, {"locale", locale}}).at(0).path, "locale") << locale;
  for (const char* name : {"", ".", "..", "a/b", "a b"})
    EXPECT_FALSE(errors_of({{"template", "t"}, {"credential", {{name, "x"}}}}).empty()) << name;
  EXPECT_EQ(errors_of({{"template", "t"}, {"external_id", ""}}).at(0).path, "external_id");
  EXPECT_EQ(errors_of({{"template", "t"}, {"note", std::string(4097, 'x')}}).at(0).path, "note");
}

TEST(Devices, AreBelowDevAndNotThoseThatAreThereAnyway) {
  for (const char* text : {"net/tun", "/dev/net/tun", "/dev/net/tun:rw", "net/tun:wr"})
    EXPECT_EQ(to_text(parse_device(text)), "/dev/net/tun:rw") << text;
  EXPECT_EQ(to_text(parse_device("disk/by-path/pci-0000:00:1f.2-ata-1:rm")),
            "/dev/disk/by-path/pci-0000:00:1f.2-ata-1:rm");
  for (const char* text :
       {"",           "/",        "/dev/",        "/dev",       "../etc/shadow", "/dev/../etc",
        "a//b",       "a/",       "/etc/passwd/", "a b",        "a\nb",          "null",
        "/dev/pts/0", "/dev/shm", "net/tun:",     "net/tun:rr", "net/tun:m",     "-a",
        ".hidden",    "a/..",     "a/.b"})
    EXPECT_THROW((void)parse_device(text), runtime::Error) << text;
}

}  // namespace
}  // namespace croft::ctl
