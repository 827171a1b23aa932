#include "templates/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "runtime/error.h"
#include "runtime/program.h"
#include "templates/busybox.h"
#include "templates/debian.h"
#include "tests/unit/templates/scratch.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using test::put_file;
using test::Scratch;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(DebianSources, TakesDebianOnly) {
  const std::string targets =
      "http://mirror.example.org/debian/ bookworm main Debian\n"
      "http://mirror.example.org/debian/ bookworm contrib Debian\n"
      "http://mirror.example.org/debian/ bookworm-updates main Debian\n"
      "http://mirror.example.org/security/ bookworm-security main Debian\n"
      "http://mirror.example.org/debian/ bookworm-backports main Debian\n"
      "http://mirror.example.org/debian/ bookworm main Debian\n"
      "https://vendor.example.org/linux/ bookworm main Vendor\n";
  EXPECT_THAT(debian_sources(targets, "bookworm"),
              ElementsAre("deb http://mirror.example.org/debian/ bookworm main",
                          "deb http://mirror.example.org/debian/ bookworm-updates main",
                          "deb http://mirror.example.org/security/ bookworm-security main"));
}

TEST(DebianSources, AreNoneWithoutTheSuite) {
  EXPECT_TRUE(debian_sources("", "bookworm").empty());
  EXPECT_TRUE(debian_sources("http://m.example.org/d/ bookworm-updates main Debian\n", "bookworm").empty());
  EXPECT_TRUE(debian_sources("http://m.example.org/d/ bookworm main Debian\n", "trixie").empty());
  EXPECT_TRUE(debian_sources("$(REPO_URI)\n\n x\n", "bookworm").empty());
}

TEST(MmdebstrapArguments, AreFixed) {
  const auto argv =
      mmdebstrap_arguments("/usr/bin/mmdebstrap", "bookworm", {"deb http://m.example.org/ bookworm main"},
                           {.packages = {"nginx", "g++"}});
  EXPECT_EQ(argv.front(), "/usr/bin/mmdebstrap");
  EXPECT_THAT(argv, Contains("--variant=minbase"));
  EXPECT_THAT(argv, Contains(testing::EndsWith(",nginx,g++")));
  EXPECT_THAT(std::vector(argv.end() - 4, argv.end()),
              ElementsAre("--", "bookworm", "-", "deb http://m.example.org/ bookworm main"));
}

TEST(MmdebstrapArguments, AMirrorReplacesTheSources) {
  const auto argv = mmdebstrap_arguments("m", "bookworm", {"deb http://m.example.org/ bookworm main"},
                                         {.mirror = "http://other.example.org/debian"});
  EXPECT_EQ(argv.back(), "http://other.example.org/debian");
  EXPECT_THAT(argv, Not(Contains(HasSubstr("m.example.org/ bookworm"))));
}

TEST(MmdebstrapArguments, RefusesSmuggledOptions) {
  for (const std::string& bad :
       std::vector<std::string>{"-x", "a,b", "a b", "", "A", "a\n", "../x", "a;b", "--hook"})
    EXPECT_THROW(mmdebstrap_arguments("m", "bookworm", {}, {.packages = {bad}}), Error) << bad;
  for (const std::string& bad : std::vector<std::string>{"x", "ftp://a", "http://a.example.org b",
                                                         "http://a.example.org" + std::string("\ndeb x"),
                                                         "--include=x", "/etc/passwd", "-"})
    EXPECT_THROW(mmdebstrap_arguments("m", "bookworm", {}, {.mirror = bad}), Error) << bad;
}

TEST(MmdebstrapProgress, OnlyRises) {
  int percent = 0;
  for (const char* line :
       {"I: running apt-get update...", "I: downloading packages with apt...", "I: extracting archives...",
        "I: installing essential packages...", "I: installing remaining packages inside the chroot...",
        "I: cleaning package lists and apt cache...", "I: creating tarball..."}) {
    const Progress progress = mmdebstrap_progress(line);
    EXPECT_FALSE(progress.what.empty()) << line;
    EXPECT_GT(progress.percent, percent);
    percent = progress.percent;
  }
  EXPECT_TRUE(mmdebstrap_progress("W: something").what.empty());
}

TEST(FindProgram, LooksForExecutableFiles) {
  const Scratch scratch;
  put_file(scratch / "one/tool", "no");
  put_file(scratch / "two/tool", "yes");
  std::filesystem::permissions(scratch / "one/tool", std::filesystem::perms(0644));
  std::filesystem::permissions(scratch / "two/tool", std::filesystem::perms(0755));
  std::filesystem::create_directories(scratch / "zero/tool");
  const std::string path =
      (scratch / "zero") + ":" + (scratch / "missing") + ":" + (scratch / "one") + ":" + (scratch / "two");
  EXPECT_EQ(runtime::find_program("tool", path), scratch / "two/tool");
  EXPECT_EQ(runtime::find_program("tool", ""), "");
  EXPECT_EQ(runtime::find_program("tool", "relative::"), "");
}

TEST(Busybox, RootIsCompleteAndSafe) {
  const auto files =
      busybox_root("BINARY", {"bin/sh", "sbin/init", "bin/busybox", "linuxrc", "usr/bin/dpkg"}, "1.2.3");
  std::set<std::string> paths;
  for (const RootFile& file : files) {
    EXPECT_TRUE(paths.insert(file.entry.path).second) << file.entry.path << " comes twice";
    EXPECT_TRUE(paths.contains(std::string(parent_of(file.entry.path)))) << file.entry.path;
  }
  for (const char* path :
       {"", "bin/sh", "sbin/init", "bin/busybox", "etc/inittab", "etc/passwd", "dev", "proc", "tmp", "root"})
    EXPECT_TRUE(paths.contains(path)) << path;
  EXPECT_FALSE(paths.contains("linuxrc"));
  EXPECT_FALSE(paths.contains("usr/bin/dpkg"));
  EXPECT_THROW(busybox_root("BINARY", {"../../etc/passwd"}, "1"), Error);
}

TEST(Busybox, ATemplateNeedsAStaticProgram) {
  EXPECT_FALSE(is_static_elf(""));
  EXPECT_FALSE(is_static_elf("#!/bin/sh\n"));
  EXPECT_FALSE(is_static_elf(std::string("\177ELF\2\1\1").append(100, '\0')));
  EXPECT_FALSE(is_static_elf(std::string("\177ELF\2\1\1").append(100, '\xff')));
  EXPECT_FALSE(is_static_elf(test::get_file("/proc/self/exe")));  // this test is linked dynamically
}

TEST(Build, NamesWhatItKnows) {
  const Scratch data;
  Store store(data.path());
  try {
    build_template(store, "plan9", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
    for (const std::string& name : recipes()) EXPECT_THAT(error.what(), HasSubstr(name));
  }
  EXPECT_THROW(build_template(store, "Bad Name", {}), Error);
  EXPECT_THROW(build_template(store, "t", {.recipe = "debian", .suite = "--hook=x"}), Error);
  EXPECT_THROW(build_template(store, "t", {.recipe = "busybox", .suite = "bookworm"}), Error);
}

TEST(Build, SaysHowToGetAMissingProgram) {
  const Scratch data;
  Store store(data.path());
  for (const auto& [recipe, cure] : {std::pair("debian-12", "apt-get install mmdebstrap"),
                                     std::pair("busybox", "apt-get install busybox-static")}) {
    try {
      build_template(store, recipe, {.search_path = data / "nothing"});
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
      EXPECT_THAT(error.what(), HasSubstr(cure));
    }
  }
}

}  // namespace
}  // namespace croft::templates
