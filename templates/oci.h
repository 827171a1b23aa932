// Images of containers as documents: OCI image layouts, what `docker save` writes, and what `skopeo copy
// dir:` writes. Here is what their JSON says, checked and bounded; templates/image.h follows it. See the OCI
// image format specification, sections image-layout, image-index, manifest and config.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "templates/sha256.h"

namespace croft::templates {

inline constexpr std::size_t kMaxDocumentBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMaxImages = 1000;  // that one index names
inline constexpr int kMaxIndexDepth = 3;         // of indexes that name indexes

struct Descriptor {
  std::string media_type;
  Digest digest{};
  std::uint64_t size = 0;
  std::string architecture;  // of platform; Go's word, "amd64"; empty where none is said
  std::string os;
  std::string reference;  // org.opencontainers.image.ref.name
};

struct Index {
  std::vector<Descriptor> manifests;
};

struct ImageManifest {
  Descriptor config;
  std::vector<Descriptor> layers;  // lowest first
};

// One image of `docker save`: names of files beside it.
struct SavedImage {
  std::string config;
  std::vector<std::string> tags;
  std::vector<std::string> layers;  // lowest first
};

struct ImageConfig {
  std::string architecture;  // Go's word
  std::string os;
  std::vector<Digest> diff_ids;  // of the layers when unpacked, lowest first
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::map<std::string, std::string> env;
  std::string workdir;
  std::string user;
};

// All throw Error kInvalid naming the wrong field.
Index index_from_text(std::string_view text);
ImageManifest image_manifest_from_text(std::string_view text);
std::vector<SavedImage> saved_images_from_text(std::string_view text);
ImageConfig image_config_from_text(std::string_view text);

// "sha256:" and 64 digits; throws Error kUnsupported for another algorithm, kInvalid for what is none.
Digest digest_of_text(std::string_view text);

// Whether a document is an index and not a manifest, which a registry's media type does not always tell.
bool is_index(std::string_view media_type, std::string_view text);

// uname's word for Go's, "x86_64" for "amd64"; as it is where none is known.
std::string machine_of_go(std::string_view architecture);

}  // namespace croft::templates
