#include "templates/oci.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "runtime/error.h"
#include "templates/bounds.h"
#include "templates/entry.h"

namespace croft::templates {
namespace {

using nlohmann::json;
using runtime::Error;
using runtime::ErrorKind;

constexpr int kMaxJsonDepth = 16;
constexpr std::size_t kMaxTexts = 1000;  // variables, tags
constexpr std::size_t kMaxWords = 60;    // of a command: a manifest has room for twice as many
constexpr std::size_t kMaxText = 4096;

[[noreturn]] void fail(const std::string& field, const char* what) {
  throw Error(ErrorKind::kInvalid, "its `" + field + "` " + what);
}

json parse(std::string_view text) {
  if (text.size() > kMaxDocumentBytes)
    throw Error(ErrorKind::kInvalid, "it has more than " + std::to_string(kMaxDocumentBytes) +
                                         " bytes, which no such document has");
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth < kMaxJsonDepth; };
  json document = json::parse(text, shallow, false);
  if (document.is_discarded()) throw Error(ErrorKind::kInvalid, "it is not JSON");
  return document;
}

// A member, null where it is missing or null.
const json& member(const json& object, const std::string& name) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text_of(const json& object, const std::string& name) {
  const json& value = member(object, name);
  if (value.is_null()) return {};
  if (!value.is_string()) fail(name, "is no text");
  return value.get<std::string>();
}

const json& list_of(const json& object, const std::string& name, std::size_t most) {
  static const json none = json::array();
  const json& value = member(object, name);
  if (value.is_null()) return none;
  if (!value.is_array()) fail(name, "is no list");
  if (value.size() > most)
    throw Error(ErrorKind::kInvalid, "its `" + name + "` has " + std::to_string(value.size()) +
                                         " members, more than the " + std::to_string(most) +
                                         " that are followed");
  return value;
}

std::vector<std::string> texts_of(const json& object, const std::string& name, std::size_t most) {
  std::vector<std::string> texts;
  for (const json& value : list_of(object, name, most)) {
    if (!value.is_string()) fail(name, "has a member that is no text");
    const std::string& text = value.get_ref<const std::string&>();
    if (text.size() > kMaxText || text.find('\0') != std::string::npos)
      fail(name, "has a member that is too long or has a zero byte");
    texts.push_back(value.get<std::string>());
  }
  return texts;
}

// A word of the platform, which goes into messages.
std::string word_of(const json& object, const std::string& name) {
  std::string word = text_of(object, name);
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (word.size() > 32 || !std::all_of(word.begin(), word.end(), good)) fail(name, "is no word");
  return word;
}

Descriptor descriptor_of(const json& object, const std::string& name) {
  if (!object.is_object()) fail(name, "is missing or no object");
  Descriptor descriptor;
  descriptor.media_type = text_of(object, "mediaType");
  descriptor.digest = digest_of_text(text_of(object, "digest"));
  const json& size = member(object, "size");
  if (!size.is_number_unsigned()) fail(name + ".size", "is no number");
  descriptor.size = size.get<std::uint64_t>();
  const json& platform = member(object, "platform");
  descriptor.architecture = word_of(platform, "architecture");
  descriptor.os = word_of(platform, "os");
  descriptor.reference = text_of(member(object, "annotations"), "org.opencontainers.image.ref.name");
  return descriptor;
}

std::vector<Descriptor> descriptors_of(const json& object, const std::string& name, std::size_t most) {
  std::vector<Descriptor> descriptors;
  for (const json& one : list_of(object, name, most)) descriptors.push_back(descriptor_of(one, name));
  return descriptors;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kMachines{{
    {"amd64", "x86_64"},
    {"386", "i686"},
    {"arm64", "aarch64"},
    {"arm", "armv7l"},
    {"riscv64", "riscv64"},
    {"ppc64le", "ppc64le"},
    {"ppc64", "ppc64"},
    {"s390x", "s390x"},
    {"loong64", "loongarch64"},
    {"mips64", "mips64"},
}};

}  // namespace

Digest digest_of_text(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (text.starts_with(kPrefix))
    if (const std::optional<Digest> digest = digest_from_hex(text.substr(kPrefix.size()))) return *digest;
  if (text.starts_with("sha512:") || text.starts_with("sha384:") || text.starts_with("blake3:"))
    throw Error(ErrorKind::kUnsupported, "its digest " + shown(text) + " is of a kind that is not known here")
        .cure("copy the image with digests of kind sha256");
  throw Error(ErrorKind::kInvalid, shown(text) + " is no digest");
}

bool is_index(std::string_view media_type, std::string_view text) {
  if (media_type.ends_with(".index.v1+json") || media_type.ends_with(".manifest.list.v2+json")) return true;
  if (media_type.find(".manifest.") != std::string_view::npos) return false;
  return member(parse(text), "manifests").is_array();
}

Index index_from_text(std::string_view text) {
  const json document = parse(text);
  if (!document.is_object()) throw Error(ErrorKind::kInvalid, "it is no object");
  return {descriptors_of(document, "manifests", kMaxImages)};
}

ImageManifest image_manifest_from_text(std::string_view text) {
  const json document = parse(text);
  if (!document.is_object()) throw Error(ErrorKind::kInvalid, "it is no object");
  if (member(document, "fsLayers").is_array())
    throw Error(ErrorKind::kUnsupported, "it is of the format of before 2016 (schema 1)")
        .cure("copy the image with `skopeo copy --format oci`");
  return {descriptor_of(member(document, "config"), "config"),
          descriptors_of(document, "layers", kMaxLayers)};
}

std::vector<SavedImage> saved_images_from_text(std::string_view text) {
  const json document = parse(text);
  if (!document.is_array() || document.size() > kMaxImages)
    throw Error(ErrorKind::kInvalid, "it is no list of at most " + std::to_string(kMaxImages) + " images");
  std::vector<SavedImage> images;
  for (const json& one : document) {
    if (!one.is_object()) throw Error(ErrorKind::kInvalid, "it names an image that is no object");
    images.push_back(
        {text_of(one, "Config"), texts_of(one, "RepoTags", kMaxTexts), texts_of(one, "Layers", kMaxLayers)});
  }
  return images;
}

ImageConfig image_config_from_text(std::string_view text) {
  const json document = parse(text);
  if (!document.is_object()) throw Error(ErrorKind::kInvalid, "it is no object");
  ImageConfig config;
  config.architecture = word_of(document, "architecture");
  config.os = word_of(document, "os");
  for (const std::string& id : texts_of(member(document, "rootfs"), "diff_ids", kMaxLayers))
    config.diff_ids.push_back(digest_of_text(id));
  const json& run = member(document, "config");
  config.entrypoint = texts_of(run, "Entrypoint", kMaxWords);
  config.command = texts_of(run, "Cmd", kMaxWords);
  for (const std::string& line : texts_of(run, "Env", kMaxTexts))
    if (const std::size_t equals = line.find('='); equals != std::string::npos && equals > 0)
      config.env[line.substr(0, equals)] = line.substr(equals + 1);
  config.workdir = text_of(run, "WorkingDir");
  config.user = text_of(run, "User");
  return config;
}

std::string machine_of_go(std::string_view architecture) {
  for (const auto& [go, machine] : kMachines)
    if (go == architecture) return std::string(machine);
  return std::string(architecture);
}

}  // namespace croft::templates
