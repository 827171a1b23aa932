#include "templates/image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "templates/archive.h"
#include "templates/layer_sink.h"
#include "templates/oci.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr std::string_view kBlobs = "blobs/sha256/";
constexpr std::size_t kMaxShown = 300;  // of a message, for names of images

struct LayerFile {
  std::string path;
  std::optional<Digest> digest;  // of the file as it lies there
};

struct Image {
  ImageConfig config;
  std::vector<LayerFile> layers;  // lowest first
};

std::string machine() {
  utsname names{};
  uname(&names);
  return names.machine;
}

// Files of the image by the names that the image itself gives them: they lead nowhere else.
class Files {
 public:
  explicit Files(const Fd& root) : root_(root) {}
  [[nodiscard]] bool has(const std::string& path) const;
  [[nodiscard]] Fd open(const std::string& path) const;
  [[nodiscard]] std::string document(const std::string& path, const std::optional<Digest>& digest) const;

 private:
  const Fd& root_;
};

bool Files::has(const std::string& path) const {
  return faccessat(root_.get(), path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Fd Files::open(const std::string& path) const {
  try {
    Fd fd = runtime::open_in_root(root_, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat info {};
    if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
      throw Error(ErrorKind::kInvalid, "the image's " + shown(path) + " is no file");
    return fd;
  } catch (Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;
    throw Error(ErrorKind::kInvalid, "the image lacks " + shown(path))
        .cure("copy the image again, whole: `skopeo copy` reads from registries and from Docker");
  }
}

std::string Files::document(const std::string& path, const std::optional<Digest>& digest) const {
  const Fd fd = open(path);
  std::string text(kMaxDocumentBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = pread(fd.get(), text.data() + size, text.size() - size, static_cast<off_t>(size));
    if (got < 0) runtime::fail_errno("cannot read the image's " + shown(path));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  Sha256 sha;
  sha.add(text);
  if (digest && sha.finish() != *digest)
    throw Error(ErrorKind::kInvalid, "the image's " + shown(path) + " differs from the digest that names it")
        .cure("copy the image again");
  return text;
}

std::string blob(const Digest& digest) {
  return std::string(kBlobs) + to_hex(digest);
}

// Says of what document an error is.
template <class Parse>
auto parsed(const std::string& path, Parse parse) {
  try {
    return parse();
  } catch (Error& error) {
    throw error.wrap("cannot understand the image's " + shown(path));
  }
}

std::string names_of(const std::vector<Descriptor>& manifests) {
  std::string names;
  for (const Descriptor& one : manifests) {
    std::string name = one.reference;
    if (!one.architecture.empty()) name += (name.empty() ? "" : " for ") + one.os + "/" + one.architecture;
    if (names.size() < kMaxShown) names += (names.empty() ? "" : ", ") + shown(name);
  }
  return names;
}

Descriptor choose(std::vector<Descriptor> manifests) {
  const std::vector<Descriptor> all = manifests;
  std::erase_if(manifests, [](const Descriptor& one) {
    const bool other_os = !one.os.empty() && one.os != "linux";
    return other_os || (!one.architecture.empty() && machine_of_go(one.architecture) != machine());
  });
  if (manifests.size() == 1) return manifests.front();
  if (all.empty()) throw Error(ErrorKind::kInvalid, "the index names no image");
  if (manifests.empty())
    throw Error(ErrorKind::kUnsupported,
                "there is no image for this host, which is " + machine() + ", but " + names_of(all))
        .cure("copy one for " + machine());
  throw Error(ErrorKind::kInvalid, "there are several images: " + names_of(manifests))
      .cure("take one out: `skopeo copy oci:DIRECTORY:NAME oci:OTHER-DIRECTORY`");
}

using PathOf = std::string (*)(const Digest&);

Image by_manifest(const Files& files, const std::string& path, const std::string& text, PathOf path_of) {
  const ImageManifest manifest = parsed(path, [&] { return image_manifest_from_text(text); });
  const std::string config = path_of(manifest.config.digest);
  Image image;
  image.config =
      parsed(config, [&] { return image_config_from_text(files.document(config, manifest.config.digest)); });
  for (const Descriptor& layer : manifest.layers)
    image.layers.push_back({path_of(layer.digest), layer.digest});
  return image;
}

Image read_oci(const Files& files) {
  std::string path = "index.json";
  std::string text = files.document(path, {});
  for (int depth = 0; depth < kMaxIndexDepth; ++depth) {
    const Descriptor next = parsed(path, [&] { return choose(index_from_text(text).manifests); });
    path = blob(next.digest);
    text = files.document(path, next.digest);
    if (!parsed(path, [&] { return is_index(next.media_type, text); }))
      return by_manifest(files, path, text, blob);
  }
  throw Error(ErrorKind::kInvalid,
              "the image's indexes name each other more than " + std::to_string(kMaxIndexDepth) + " deep");
}

// The digest in a name like blobs/sha256/HEX or HEX.json.
std::optional<Digest> digest_in_name(std::string_view path) {
  const std::string_view name = name_of(path);
  return digest_from_hex(name.substr(0, name.find('.')));
}

bool is_packed(const Fd& fd) {
  char head[4] = {};
  if (pread(fd.get(), head, sizeof head, 0) < 4) return false;
  const std::string_view magic(head, sizeof head);
  return magic.starts_with("\x1f\x8b") || magic == "\x28\xb5\x2f\xfd" ||
         magic ==
             "\xfd"
             "7zX";
}

Image read_saved(const Files& files, const std::vector<SavedImage>& images) {
  if (images.size() != 1) {
    std::string tags;
    for (const SavedImage& image : images)
      for (const std::string& tag : image.tags) tags += (tags.empty() ? "" : ", ") + shown(tag);
    throw Error(ErrorKind::kInvalid, "there are " + std::to_string(images.size()) + " images in it" +
                                         (tags.empty() ? "" : ": " + tags.substr(0, kMaxShown)))
        .cure("save one alone: `docker save NAME`");
  }
  const SavedImage& saved = images.front();
  Image image;
  image.config = parsed(saved.config, [&] {
    return image_config_from_text(files.document(saved.config, digest_in_name(saved.config)));
  });
  if (image.config.diff_ids.size() != saved.layers.size())
    throw Error(ErrorKind::kInvalid, "the image names " + std::to_string(saved.layers.size()) +
                                         " layers, but digests of " +
                                         std::to_string(image.config.diff_ids.size()));
  for (std::size_t i = 0; i < saved.layers.size(); ++i) {
    const std::string& path = saved.layers[i];
    LayerFile layer{path, path.starts_with(kBlobs) ? digest_in_name(path) : std::nullopt};
    if (!layer.digest && !is_packed(files.open(path))) layer.digest = image.config.diff_ids[i];
    image.layers.push_back(std::move(layer));
  }
  return image;
}

Image read_image(const Fd& directory) {
  const Files files(directory);
  if (files.has("index.json")) return read_oci(files);
  const std::string path = "manifest.json";
  const std::string text = files.document(path, {});
  if (text.substr(0, text.find_first_not_of(" \t\r\n") + 1).ends_with('{'))
    return by_manifest(files, path, text, to_hex);
  return read_saved(files, parsed(path, [&] { return saved_images_from_text(text); }));
}

void lay(const Fd& directory, const LayerFile& file, const Control& control, Layers& layers) {
  layers.add([&](Unpacker& unpacker, Report& report) {
    const Fd fd = Files(directory).open(file.path);
    LayerSink sink(unpacker);
    Sha256 sha;
    try {
      read_archive(fd, control, report, sink, {}, [&](std::string_view bytes) { sha.add(bytes); });
    } catch (Error& error) {
      throw error.wrap("layer " + shown(file.path));
    }
    if (file.digest && sha.finish() != *file.digest)
      throw Error(ErrorKind::kInvalid,
                  "layer " + shown(file.path) + " differs from its digest sha256:" + to_hex(*file.digest))
          .cure("copy the image again");
  });
}

void check_platform(const ImageConfig& config, Manifest& manifest) {
  if (!config.os.empty() && config.os != "linux")
    throw Error(ErrorKind::kUnsupported, "the image is for " + shown(config.os) + ", not for Linux");
  manifest.architecture = machine_of_go(config.architecture);
  check_architecture(manifest, machine());
}

}  // namespace

void lay_image(const Fd& directory, const Control& control, Layers& layers, Manifest& manifest) {
  const Image image = read_image(directory);
  check_platform(image.config, manifest);
  manifest.command = image.config.entrypoint;
  manifest.command.insert(manifest.command.end(), image.config.command.begin(), image.config.command.end());
  for (const LayerFile& layer : image.layers) lay(directory, layer, control, layers);
}

}  // namespace croft::templates
