#include "templates/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "runtime/error.h"
#include "templates/stack.h"
#include "tests/unit/templates/scratch.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::exists;
using test::get_file;
using test::put_file;
using test::Scratch;

std::string id(char digit) {
  return "sha256:" + std::string(64, digit);
}

Layer add_layer(Store& store, char digit, const std::string& content = "x") {
  Staging staged = store.stage();
  put_file(staged.path() + "/root/file", content);
  Sharing sharing = store.sharing(staged);
  return store.commit(std::move(staged), {id(digit), 1, 1, "2026-01-02T03:04:05Z"}, {}, sharing);
}

Store::Used used(std::set<std::string> ids) {
  return [ids = std::move(ids)] { return ids; };
}

bool empty(const std::string& path) {
  return std::filesystem::is_empty(path);
}

TEST(Store, KeepsALayer) {
  const Scratch data;
  Store store(data.path());
  const Layer layer = add_layer(store, 'a');
  EXPECT_TRUE(store.has(layer.id));
  EXPECT_EQ(store.layer(layer.id), layer);
  EXPECT_EQ(get_file(store.root_path(layer.id) + "/file"), "x");
  EXPECT_EQ(store.root_path(layer.id).find(':'), std::string::npos);
  EXPECT_TRUE(empty(data / "tmp"));
  EXPECT_EQ(Store(data.path()).layers(), std::vector{layer});
  Manifest manifest;
  manifest.layers = {layer.id};
  EXPECT_EQ(lower_directories(store, manifest), std::vector{store.root_path(layer.id)});
}

TEST(Store, HidesLayersFromOtherUsers) {
  const Scratch data;
  Store store(data.path());
  const Layer layer = add_layer(store, 'a');
  for (const std::string& path :
       {data / "layers", data / "tmp", data / ("layers/sha256-" + std::string(64, 'a'))}) {
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0) << path;
    EXPECT_EQ(info.st_mode & 0777, 0700U) << path;
  }
}

TEST(Store, DropsASecondCopy) {
  const Scratch data;
  Store store(data.path());
  add_layer(store, 'a', "first");
  add_layer(store, 'a', "second");
  EXPECT_EQ(get_file(store.root_path(id('a')) + "/file"), "first");
  EXPECT_TRUE(empty(data / "tmp"));
}

TEST(Store, LeavesNothingOfAnAbandonedLayer) {
  const Scratch data;
  Store store(data.path());
  {
    const Staging staged = store.stage();
    put_file(staged.path() + "/root/a/b/c", "x");
  }
  EXPECT_TRUE(empty(data / "tmp"));
}

TEST(Store, SweepsWhatACrashLeft) {
  const Scratch data;
  Store store(data.path());
  put_file(data / "tmp/layer-abc/root/x", "x");
  put_file(data / "tmp/odd", "x");
  add_layer(store, 'a');
  for (const std::string& path : store.leftovers()) runtime::remove_tree(path);
  EXPECT_TRUE(empty(data / "tmp"));
  EXPECT_TRUE(store.has(id('a')));
}

TEST(Store, CollectsWhatNobodyUses) {
  const Scratch data;
  Store store(data.path());
  for (const char digit : {'a', 'b', 'c'}) add_layer(store, digit);
  put_file(data / "layers/not-a-layer/file", "x");
  Pin pin = store.pin(id('c'));
  const std::vector<std::string> first = store.collect(used({id('a')}));
  EXPECT_EQ(first, store.leftovers());
  EXPECT_EQ(first.size(), 1U);
  EXPECT_TRUE(exists(first.at(0) + "/layer.json"));
  EXPECT_TRUE(store.has(id('a')));
  EXPECT_FALSE(store.has(id('b')));
  EXPECT_TRUE(store.has(id('c')));
  pin.reset();
  EXPECT_EQ(store.collect(used({id('a')})).size(), 1U);
  EXPECT_FALSE(store.has(id('c')));
  EXPECT_TRUE(exists(data / "layers/not-a-layer/file"));
}

TEST(Store, PinsAreCounted) {
  const Scratch data;
  Store store(data.path());
  add_layer(store, 'a');
  Pin one = store.pin(id('a'));
  Pin two = store.pin(id('a'));
  one.reset();
  EXPECT_TRUE(store.collect(used({})).empty());
  two.reset();
  EXPECT_EQ(store.collect(used({})).size(), 1U);
}

TEST(Store, RefusesIdsThatAreNone) {
  const Scratch data;
  Store store(data.path());
  for (const std::string bad : {"", "sha256:", "../../etc", "sha256:../x", "sha256-aaaa"}) {
    EXPECT_FALSE(store.has(bad));
    EXPECT_THROW(static_cast<void>(store.root_path(bad)), Error);
    EXPECT_THROW(static_cast<void>(store.layer(bad)), Error);
  }
  EXPECT_FALSE(is_layer_id("sha256:" + std::string(64, 'G')));
  EXPECT_FALSE(is_layer_id(id('a') + "0"));
  EXPECT_TRUE(is_layer_id(id('0')));
  EXPECT_THROW(static_cast<void>(store.layer(id('0'))), Error);
}

}  // namespace
}  // namespace croft::templates
