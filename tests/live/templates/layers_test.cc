// Several layers of one template: what the lower ones have, what upper ones hide, and a look into all of them
// as overlay would show them.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "templates/archive.h"
#include "templates/assemble.h"
#include "templates/layer_sink.h"
#include "templates/merged.h"
#include "templates/verify.h"
#include "tests/live/templates/pool.h"

namespace croft::templates {
namespace {

using runtime::Error;
using test::facts;
using test::get_file;
using test::open_bytes;
using test::Pool;
using test::tar_of;
using test::TarEntry;
using testing::HasSubstr;

using Layer = std::vector<TarEntry>;

class ROOT_Layers : public testing::Test {
 protected:
  void SetUp() override { CROFT_NEEDS_ROOT; }

  // Lowest first; the roots of the result, uppermost first.
  std::vector<std::string> stack(const std::vector<Layer>& lowest_first) {
    imported_.push_back(assemble(pool_.store(), "t", {}, {}, [&](Layers& layers, Report&, Manifest&) {
      for (const Layer& layer : lowest_first)
        layers.add([&](Unpacker& unpacker, Report& report) {
          LayerSink sink(unpacker);
          read_archive(open_bytes(tar_of(layer)), {}, report, sink);
        });
    }));
    return lower_directories(pool_.store(), imported_.back().manifest);
  }
  static std::string merged(const std::vector<std::string>& roots, const std::string& path) {
    std::vector<runtime::Fd> layers;
    for (const std::string& root : roots) layers.push_back(runtime::open_file(root, O_RDONLY | O_DIRECTORY));
    try {
      const runtime::Fd fd = open_merged(layers, path, O_RDONLY);
      std::string text(100, '\0');
      text.resize(static_cast<std::size_t>(read(fd.get(), text.data(), text.size())));
      return text;
    } catch (const Error& error) {
      return std::string("! ") + error.what();
    }
  }
  Pool pool_;
  std::vector<Imported> imported_;
};

bool is_whiteout(const std::string& path) {
  const struct stat info = facts(path);
  return S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0);
}

bool is_opaque(const std::string& path) {
  char mark = 0;
  return lgetxattr(path.c_str(), "trusted.overlay.opaque", &mark, 1) == 1 && mark == 'y';
}

const Layer kLower{{"etc/", '5', "", "", 0750, 1, 2},
                   {"etc/passwd", '0', "users"},
                   {"home/", '5'},
                   {"home/old", '0', "old"},
                   {"d/", '5'},
                   {"d/below", '0', "below"},
                   {"gone", '0', "gone"},
                   {"link", '2', "", "/etc/passwd"},
                   {"usr/bin/x", '0', "x"},
                   {"bin", '2', "", "usr/bin"}};
const Layer kUpper{{".wh.gone", '0'},
                   {"etc/.wh.passwd", '0'},
                   {"home/", '5'},
                   {"home/new", '0', "new"},
                   {"home/.wh..wh..opq", '0'},
                   {"d/.wh..wh..opq", '0'},
                   {"d/above", '0', "above"},
                   {"link", '2', "", "home/../home/new"}};

TEST_F(ROOT_Layers, WhiteoutsAndMarksAreOverlays) {
  const auto roots = stack({kLower, kUpper});
  ASSERT_EQ(roots.size(), 2U);
  EXPECT_TRUE(is_whiteout(roots[0] + "/gone"));
  EXPECT_TRUE(is_whiteout(roots[0] + "/etc/passwd"));
  EXPECT_TRUE(is_opaque(roots[0] + "/home"));
  EXPECT_TRUE(is_opaque(roots[0] + "/d"));
  EXPECT_FALSE(is_opaque(roots[0] + "/etc"));
  EXPECT_EQ(facts(roots[0] + "/etc").st_mode & 07777, 0750U) << "of the layer below";
  EXPECT_EQ(facts(roots[0] + "/etc").st_gid, 2U);
  EXPECT_EQ(imported_.back().manifest.files,
            pool_.store().layer(imported_.back().manifest.layers[0]).files +
                pool_.store().layer(imported_.back().manifest.layers[1]).files);
}

TEST_F(ROOT_Layers, LookAsOverlayDoes) {
  const auto roots = stack({kLower, kUpper});
  const std::string point = pool_.scratch() / "point";
  std::filesystem::create_directory(point);
  ASSERT_EQ(mount("croft-test", point.c_str(), "overlay", MS_RDONLY,
                  ("lowerdir=" + roots[0] + ":" + roots[1]).c_str()),
            0);
  for (const std::string path : {"gone", "etc/passwd", "home/old", "home/new", "d/below", "d/above", "link",
                                 "usr/bin/x", "bin/x", "home/../d/above", "nothing/at/all"}) {
    const std::string shown =
        std::filesystem::exists(point + "/" + path) ? get_file(point + "/" + path) : "!";
    EXPECT_EQ(merged(roots, path).substr(0, shown == "!" ? 1 : std::string::npos), shown) << path;
  }
  umount2(point.c_str(), MNT_DETACH);
  EXPECT_THAT(merged(roots, "d"), HasSubstr("is a directory"));
}

TEST_F(ROOT_Layers, LinksLeadNowhereElse) {
  const auto roots = stack({{{"a", '2', "", "../../../../etc/passwd"},
                             {"loop", '2', "", "loop"},
                             {"through", '2', "", "file/x"},
                             {"file", '0', "f"}}});
  for (const std::string path : {"a", "loop", "through", "../../etc/passwd"})
    EXPECT_THAT(merged(roots, path), testing::StartsWith("! ")) << path;
}

TEST_F(ROOT_Layers, AWhiteoutSpeaksOfLowerLayersOnly) {
  const auto roots = stack({{{"a", '0', "lower"}, {"d/l", '0', "lower"}, {"e/l", '0', "lower"}},
                            {{"a", '0', "own"},
                             {".wh.a", '0'},
                             {"d/f", '0', "own"},
                             {".wh.d", '0'},
                             {".wh.e", '0'},
                             {"e/f", '0', "own"}}});
  EXPECT_EQ(get_file(roots[0] + "/a"), "own");
  EXPECT_EQ(merged(roots, "d/f") + merged(roots, "e/f"), "ownown");
  EXPECT_TRUE(is_opaque(roots[0] + "/d"));
  EXPECT_TRUE(is_opaque(roots[0] + "/e"));
}

TEST_F(ROOT_Layers, NoTwoPathsOfAStackAreOneInode) {
  stack({{{"z", '0', "twin"}}, {{"other", '0', "1"}}});
  const auto roots = stack({{{"a", '0', "twin"}}, {{"b", '0', "twin"}, {"a", '0', "twin"}}});
  EXPECT_NE(facts(roots[0] + "/b").st_ino, facts(roots[1] + "/a").st_ino);
  EXPECT_NE(facts(roots[0] + "/b").st_ino, facts(roots[0] + "/a").st_ino);
  const auto again = stack({{{"a", '0', "twin"}}, {{"b", '0', "twin"}, {"c", '0', "more"}}});
  EXPECT_NE(facts(again[0] + "/b").st_ino, facts(again[1] + "/a").st_ino);
}

TEST_F(ROOT_Layers, TheSameLayerTwiceIsThereOnce) {
  const Layer one{{"a", '0', "1"}};
  const auto roots = stack({one, {{"a", '0', "2"}}, one, {{"./", '5'}}});
  EXPECT_EQ(merged(roots, "a"), "1");
  EXPECT_EQ(roots.size(), 3U);
}

TEST_F(ROOT_Layers, AreVerifiedWithTheirMarks) {
  const auto roots = stack({kLower, kUpper});
  const auto& ids = imported_.back().manifest.layers;
  const std::set<std::string> layers(ids.begin(), ids.end());
  EXPECT_TRUE(verify(pool_.store(), layers, {}, Repair::kYes).damages.empty());
  ASSERT_EQ(lremovexattr((roots[0] + "/d").c_str(), "trusted.overlay.opaque"), 0);
  EXPECT_EQ(verify(pool_.store(), layers, {}, Repair::kYes).damages.at(0).path, "d");
}

TEST_F(ROOT_Layers, BadOnesLeaveNothing) {
  const auto refused = [&](const Layer& upper) {
    try {
      stack({{{"file", '0', "x"}, {"link", '2', "", "d"}, {"d/", '5'}}, upper});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refused({{".wh.", '0'}}), HasSubstr("hides nothing"));
  EXPECT_THAT(refused({{".wh...", '0'}}), HasSubstr("hides nothing"));
  EXPECT_THAT(refused({{"x/../.wh.a", '0'}}), HasSubstr(".."));
  EXPECT_THAT(refused({{"link/new", '0', "x"}}), HasSubstr("symbolic link of a layer below"));
  EXPECT_TRUE(pool_.store().layers().empty());
  EXPECT_TRUE(pool_.store().leftovers().empty());
}

}  // namespace
}  // namespace croft::templates
