#include "templates/oci.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/error.h"
#include "templates/source.h"

namespace croft::templates {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kZeros(64, '0');

template <class Parse>
std::string refusal(Parse parse, std::string_view text) {
  try {
    parse(text);
    return "";
  } catch (const runtime::Error& error) {
    return error.what();
  }
}

TEST(Oci, AnIndexNamesImagesWithTheirPlatforms) {
  const Index index = index_from_text(R"({"manifests":[{"mediaType":"m","digest":"sha256:)" + kZeros +
                                      R"(","size":3,"platform":{"architecture":"arm64","os":"linux"},)"
                                      R"("annotations":{"org.opencontainers.image.ref.name":"v1"}}]})");
  ASSERT_EQ(index.manifests.size(), 1U);
  EXPECT_EQ(index.manifests[0].architecture, "arm64");
  EXPECT_EQ(index.manifests[0].reference, "v1");
  EXPECT_EQ(index.manifests[0].size, 3U);
}

TEST(Oci, AConfigSaysWhatRuns) {
  const ImageConfig config = image_config_from_text(
      R"({"architecture":"amd64","os":"linux","config":{"Entrypoint":["/a"],"Cmd":["b","c"],)"
      R"("Env":["A=1=2","odd"],"WorkingDir":"/w","User":"7:8"},"rootfs":{"diff_ids":["sha256:)" +
      kZeros + R"("]}})");
  EXPECT_THAT(config.entrypoint, ElementsAre("/a"));
  EXPECT_THAT(config.command, ElementsAre("b", "c"));
  EXPECT_EQ(config.env, (std::map<std::string, std::string>{{"A", "1=2"}}));
  EXPECT_EQ(config.workdir + config.user, "/w7:8");
  EXPECT_EQ(config.diff_ids.size(), 1U);
}

TEST(Oci, SavedImages) {
  const auto images = saved_images_from_text(R"([{"Config":"c","RepoTags":["a:b"],"Layers":["x","y"]}])");
  ASSERT_EQ(images.size(), 1U);
  EXPECT_THAT(images[0].layers, ElementsAre("x", "y"));
}

TEST(Oci, RefusalsNameTheField) {
  EXPECT_THAT(refusal(index_from_text, "{"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal(index_from_text, std::string(kMaxDocumentBytes + 1, ' ')), HasSubstr("bytes"));
  EXPECT_THAT(refusal(index_from_text, R"({"manifests":3})"), HasSubstr("`manifests` is no list"));
  EXPECT_THAT(refusal(image_manifest_from_text, R"({"layers":[]})"), HasSubstr("`config`"));
  EXPECT_THAT(refusal(image_manifest_from_text, R"({"fsLayers":[]})"), HasSubstr("schema 1"));
  EXPECT_THAT(refusal(image_manifest_from_text, R"({"config":{"digest":"sha256:xy","size":1}})"),
              HasSubstr("`sha256:xy` is no digest"));
  EXPECT_THAT(refusal(image_manifest_from_text, R"({"config":{"digest":"sha512:00","size":1}})"),
              HasSubstr("not known here"));
  EXPECT_THAT(refusal(image_config_from_text, R"({"architecture":"a\u001bb"})"), HasSubstr("`architecture`"));
  EXPECT_THAT(refusal(image_config_from_text, R"({"config":{"Cmd":["a\u0000b"]}})"), HasSubstr("`Cmd`"));
  std::string many = "[";
  for (std::size_t i = 0; i <= kMaxImages; ++i) many += (i == 0 ? "{}" : ",{}");
  EXPECT_THAT(refusal(index_from_text, R"({"manifests":)" + many + "]}"), HasSubstr("1001 members"));
}

TEST(Oci, Architectures) {
  EXPECT_EQ(machine_of_go("amd64"), "x86_64");
  EXPECT_EQ(machine_of_go("x86_64"), "x86_64");
  EXPECT_EQ(machine_of_go("arm64"), "aarch64");
}

TEST(Source, IsToldByItsFirstName) {
  for (const std::string path : {"oci-layout", "blobs/sha256", "manifest.json", "repositories", "index.json"})
    EXPECT_EQ(format_of_entry(path), SourceFormat::kImage) << path;
  for (const std::string& path : {kZeros, kZeros + ".json", kZeros + ".tar", kZeros + "/layer.tar"})
    EXPECT_EQ(format_of_entry(path), SourceFormat::kImage) << path;
  for (const std::string path : {"metadata.yaml", "rootfs", "rootfs/bin", "templates/hosts.tpl"})
    EXPECT_EQ(format_of_entry(path), SourceFormat::kLxc) << path;
  for (const std::string path : {"bin", "etc/passwd", "0000", "manifest", "rootfs2"})
    EXPECT_EQ(format_of_entry(path), SourceFormat::kRootfs) << path;
  EXPECT_EQ(source_format_of("lxc"), SourceFormat::kLxc);
  EXPECT_THROW(source_format_of("zip"), runtime::Error);
}

TEST(Source, MetadataNamesAnArchitecture) {
  EXPECT_EQ(architecture_of_metadata("a: b\narchitecture: \"arm64\" # that\n"), "aarch64");
  EXPECT_EQ(architecture_of_metadata("architecture: x86_64"), "x86_64");
  EXPECT_EQ(architecture_of_metadata(" architecture: x86_64"), "");
  EXPECT_EQ(architecture_of_metadata(""), "");
}

}  // namespace
}  // namespace croft::templates
