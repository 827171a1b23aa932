#include "ctl/copy/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <fstream>

#include "ctl/copy/destination.h"
#include "runtime/error.h"
#include "tests/unit/copy/ground.h"

namespace croft::ctl::test {
namespace {

using runtime::Error;
using runtime::Fd;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// An archive of these, at its beginning.
Fd packed(const Ground& ground, const std::vector<std::string>& paths) {
  Fd archive(memfd_create("croft-test", MFD_CLOEXEC));
  templates::Report report;
  pack(ground.open(), paths, archive, templates::Packing::kNone, {}, report);
  lseek(archive.get(), 0, SEEK_SET);
  return archive;
}

std::string failure(const Ground& ground, const std::string& path) {
  try {
    packed(ground, {path});
  } catch (const Error& error) {
    return error.what();
  }
  return "it was packed";
}

TEST(Pack, IsUndoneByPlace) {
  const Ground from;
  put_file(from / "srv/d/f", "hello");
  put_file(from / "srv/d/-rf \n*", "odd");
  std::filesystem::create_symlink("f", from / "srv/d/s");
  std::filesystem::create_hard_link(from / "srv/d/f", from / "srv/d/h");
  const Ground to;
  place_from(to, packed(from, {"/srv/d"}));
  EXPECT_THAT(to.names(), ElementsAre("d", "d/-rf \n*", "d/f", "d/h", "d/s"));
  EXPECT_EQ(get_file(to / "d/f"), "hello");
  EXPECT_EQ(std::filesystem::hard_link_count(to / "d/f"), 2U);
  const Ground content;
  place_from(content, packed(from, {"/srv/d/."}));
  EXPECT_THAT(content.names(), ElementsAre("-rf \n*", "f", "h", "s"));
  const Ground several;
  place_from(several, packed(from, {"/srv/d/f", "srv/d/"}));
  EXPECT_THAT(several.names(), ElementsAre("d", "d/-rf \n*", "d/f", "d/h", "d/s", "f"));
}

TEST(Pack, LinksLeadWhereTheyLeadInside) {
  const Ground from;
  put_file(from / "real/f", "inside");
  std::filesystem::create_symlink("/real", from / "absolute");
  std::filesystem::create_symlink("../../../../real", from / "up");
  std::filesystem::create_symlink(from.victim(), from / "out");
  const Ground to;
  place_from(to, packed(from, {"/absolute/f"}));
  place_from(to, packed(from, {"/up/f"}), "g");
  EXPECT_EQ(get_file(to / "f") + get_file(to / "g"), "insideinside");
  EXPECT_THAT(failure(from, "/out/secret"), HasSubstr("/out/secret"));
  EXPECT_THAT(failure(from, "/../victim/secret"), HasSubstr("/../victim/secret"));
  place_from(to, packed(from, {"/out"}));  // itself
  EXPECT_TRUE(std::filesystem::is_symlink(to / "out"));
}

TEST(Pack, SaysWhatItCannotFind) {
  const Ground from;
  put_file(from / "f", "x");
  EXPECT_THAT(failure(from, "/no/such"), HasSubstr("/no/such"));
  EXPECT_THAT(failure(from, "/f/"), HasSubstr("no directory"));
  EXPECT_THAT(failure(from, "/d/.."), HasSubstr("no name of its own"));
}

TEST(Pack, TellsBeforehandWhatItWouldTake) {
  const Ground from;
  put_file(from / "f", "12345");
  EXPECT_EQ(describe_source(from.open(), "/f"), "from `/f`, a file of 5 bytes");
  EXPECT_EQ(describe_source(from.open(), "/"), "from `/`, a directory");
  EXPECT_THROW(describe_source(from.open(), "/g"), Error);
}

TEST(Destination, IsADirectoryOrANewName) {
  const Ground to;
  put_file(to / "d/f", "x");
  std::filesystem::create_symlink("/d", to / "link");
  const auto told = [&](const std::string& path, bool into = false) {
    return describe_destination(find_destination(to.open(), path, into), path);
  };
  EXPECT_EQ(told("/d"), "into `/d`");
  EXPECT_EQ(told("/link/"), "into `/link/`");
  EXPECT_EQ(told("/d/g"), "as `/d/g`");
  EXPECT_EQ(told("/d/f"), "in place of `/d/f`");
  for (const char* path : {"/d/g/", "/d/g/.", "/no/g", "/d/f/"}) EXPECT_THROW(told(path), Error) << path;
  EXPECT_THROW(told("/d/g", true), Error);
  EXPECT_THROW(told("/d/f", true), Error);
}

TEST(Pack, TakesWhatItCanOfFilesThatChange) {
  const Ground from;
  put_file(from / "d/f", std::string(100'000, 'x'));
  std::atomic<bool> ended = false;
  std::thread writer([&] {
    for (std::size_t i = 0; !ended; ++i) {
      std::ofstream(from / "d/f", std::ios::app) << std::string(5000, 'y');
      if (i % 7 == 0) std::filesystem::resize_file(from / "d/f", 10'000);
    }
  });
  for (int i = 0; i < 100; ++i) {
    const Ground to;
    EXPECT_NO_THROW(place_from(to, packed(from, {"/d"})));
    EXPECT_THAT(to.names(), ElementsAre("d", "d/f"));
  }
  ended = true;
  writer.join();
}

// A directory becomes a link to the outside and back, at every moment of the walk.
TEST(Pack, TakesNothingFromOutsideWhileDirectoriesBecomeLinks) {
  const Ground from;
  put_file(from / "top/d/in", "x");
  std::filesystem::create_directory(from / "links");
  std::filesystem::create_symlink(from.victim(), from / "links/d");
  const Exchanging exchanging(from / "top/d", from / "links/d");
  for (int i = 0; i < 200; ++i) {
    const Ground to;
    try {
      place_from(to, packed(from, {i % 2 == 0 ? "/top" : "/top/d"}));
    } catch (const Error&) {  // it met the link
      continue;
    }
    for (const char* name : {"top/d/secret", "d/secret"}) EXPECT_THAT(to.names(), Not(Contains(name)));
  }
}

}  // namespace
}  // namespace croft::ctl::test
