#include "templates/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/error.h"
#include "templates/stack.h"
#include "tests/unit/templates/scratch.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using test::put_file;
using test::Scratch;

const std::string kId = "sha256:" + std::string(64, 'a');

Manifest a_manifest() {
  return {"debian-12", "2026-01-02T03:04:05Z", {kId},         12, 3, {"debian", "12", "Debian 12"},
          "x86_64",    InitKind::kSystemd,     {"/sbin/init"}};
}

TEST(Manifest, ComesBackFromItsJson) {
  EXPECT_EQ(manifest_from_json(to_json(a_manifest())), a_manifest());
  EXPECT_EQ(manifest_from_text(to_json(a_manifest()).dump()), a_manifest());
}

TEST(Manifest, NamesEveryWrongField) {
  nlohmann::json json = to_json(a_manifest());
  json["name"] = "Bad Name";
  json["layers"] = {"../../etc"};
  json["size_bytes"] = -1;
  json["init"] = "upstart";
  json["os"]["id"] = 7;
  json.erase("created");
  try {
    manifest_from_json(json);
    FAIL();
  } catch (const Error& error) {
    std::vector<std::string> paths;
    for (const auto& field : error.fields()) paths.push_back(field.path);
    EXPECT_THAT(paths,
                testing::UnorderedElementsAre("name", "layers", "size_bytes", "init", "os.id", "created"));
  }
}

TEST(Manifest, RefusesWhatIsNotOne) {
  for (const std::string text : {"", "null", "[]", "{", "{\"name\":", "\xff\xfe", "123"})
    EXPECT_THROW(manifest_from_text(text), Error) << text;
  EXPECT_THROW(manifest_from_text(std::string(200'000, '[')), Error);
  EXPECT_THROW(manifest_from_text(std::string(std::size_t{2} << 20, ' ')), Error);
}

TEST(TemplateName, FollowsItsRule) {
  for (const std::string& name :
       std::vector<std::string>{"debian-12", "a", "0", "a.b+c_d-e", std::string(63, 'a')})
    EXPECT_NO_THROW(check_template_name(name)) << name;
  for (const std::string& name :
       std::vector<std::string>{"", "-a", ".a", "A", "a/b", "..", "a b", "a\n", std::string(64, 'a')})
    EXPECT_THROW(check_template_name(name), Error) << name;
}

std::string elf(unsigned char bits, unsigned char order, unsigned char low, unsigned char high) {
  std::string head(64, '\0');
  head.replace(0, 4, "\177ELF");
  head[4] = static_cast<char>(bits);
  head[5] = static_cast<char>(order);
  head[18] = static_cast<char>(low);
  head[19] = static_cast<char>(high);
  return head;
}
const std::string kX86 = elf(2, 1, 62, 0);

Manifest detected(const Scratch& root) {
  Manifest manifest;
  std::vector<runtime::Fd> layers;
  layers.push_back(runtime::open_file(root.path(), O_RDONLY | O_DIRECTORY));
  detect(layers, manifest);
  return manifest;
}

void put_program(const std::string& path, const std::string& content) {
  put_file(path, content);
  std::filesystem::permissions(path, std::filesystem::perms(0755));
}

TEST(Detect, ReadsOsRelease) {
  const Scratch root;
  put_file(root / "usr/lib/os-release",
           "# comment\nID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME='Debian \"12\"\x1b[0m'\n");
  std::filesystem::create_directories(root / "etc");
  std::filesystem::create_symlink("../usr/lib/os-release", root / "etc/os-release");
  const Manifest manifest = detected(root);
  EXPECT_EQ(manifest.os, (Os{"debian", "12", "Debian \"12\"?[0m"}));
}

TEST(Detect, StaysInsideTheRoot) {
  const Scratch root;
  const Scratch outside;
  put_file(outside / "secret", "ID=secret\n");
  std::filesystem::create_directories(root / "etc");
  std::filesystem::create_symlink(outside / "secret", root / "etc/os-release");
  EXPECT_EQ(detected(root).os, Os{});
  std::filesystem::remove(root / "etc/os-release");
  std::filesystem::create_symlink("../../../../../../" + (outside / "secret"), root / "etc/os-release");
  EXPECT_EQ(detected(root).os, Os{});
}

TEST(Detect, IsNotHeldUpByAFifo) {
  const Scratch root;
  std::filesystem::create_directories(root / "etc");
  ASSERT_EQ(mkfifo((root / "etc/os-release").c_str(), 0600), 0);
  EXPECT_EQ(detected(root).os, Os{});
}

TEST(Detect, KnowsInits) {
  {
    const Scratch root;
    put_program(root / "usr/lib/systemd/systemd", kX86);
    std::filesystem::create_directories(root / "sbin");
    std::filesystem::create_symlink("/usr/lib/systemd/systemd", root / "sbin/init");
    EXPECT_EQ(detected(root).init, InitKind::kSystemd);
    EXPECT_EQ(detected(root).command, std::vector<std::string>{"/sbin/init"});
    EXPECT_EQ(detected(root).architecture, "x86_64");
  }
  {
    const Scratch root;
    put_program(root / "bin/busybox", kX86);
    std::filesystem::create_directories(root / "sbin");
    std::filesystem::create_symlink("../bin/busybox", root / "sbin/init");
    EXPECT_EQ(detected(root).init, InitKind::kBusybox);
  }
  {
    const Scratch root;
    put_program(root / "sbin/openrc-init", kX86);
    std::filesystem::create_symlink("openrc-init", root / "sbin/init");
    EXPECT_EQ(detected(root).init, InitKind::kOpenrc);
  }
  {
    const Scratch root;  // as Debian's package openrc has it
    put_program(root / "bin/sh", kX86);
    put_program(root / "sbin/openrc-init", kX86);
    EXPECT_EQ(detected(root).init, InitKind::kOpenrc);
    EXPECT_EQ(detected(root).command, std::vector<std::string>{"/sbin/openrc-init"});
  }
  {
    const Scratch root;
    put_program(root / "sbin/init", kX86);
    EXPECT_EQ(detected(root).init, InitKind::kNone);
    put_file(root / "etc/inittab", "id:2:initdefault:\n");
    EXPECT_EQ(detected(root).init, InitKind::kSysvinit);
  }
  {
    const Scratch root;
    put_program(root / "bin/sh", kX86);
    EXPECT_EQ(detected(root).init, InitKind::kNone);
    EXPECT_EQ(detected(root).command, std::vector<std::string>{"/bin/sh"});
  }
  const Scratch empty;
  EXPECT_EQ(detected(empty).command, std::vector<std::string>{});
  EXPECT_EQ(detected(empty).architecture, "");
}

TEST(Architecture, OfAnotherProcessorIsRefused) {
  const auto found = [](const std::string& head) {
    const Scratch root;
    put_program(root / "bin/sh", head);
    return detected(root);
  };
  EXPECT_EQ(found(elf(2, 1, 183, 0)).architecture, "aarch64");
  EXPECT_EQ(found(elf(2, 2, 0, 22)).architecture, "s390x");
  EXPECT_EQ(found(elf(1, 1, 3, 0)).architecture, "i686");
  EXPECT_EQ(found(elf(2, 1, 0xff, 0x7f)).architecture, "unknown");
  EXPECT_EQ(found("#!/bin/sh\n").architecture, "");
  EXPECT_NO_THROW(check_architecture(found(kX86), "x86_64"));
  EXPECT_NO_THROW(check_architecture(found(elf(1, 1, 3, 0)), "x86_64"));
  EXPECT_NO_THROW(check_architecture(Manifest{}, "x86_64"));
  try {
    check_architecture(found(elf(2, 1, 183, 0)), "x86_64");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("aarch64"), testing::HasSubstr("x86_64")));
  }
  EXPECT_THROW(check_architecture(found(kX86), "aarch64"), Error);
}

TEST(Stack, NamesTheLayerThatIsMissing) {
  const Scratch data;
  const Store store(data.path());
  try {
    lower_directories(store, a_manifest());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("debian-12"), testing::HasSubstr(kId)));
  }
}

}  // namespace
}  // namespace croft::templates
