// What the fuzzers of templates/ try, as functions, so that the unit tests can replay the corpus without a
// fuzzer. A broken promise aborts.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.h"
#include "templates/archive.h"
#include "templates/backup.h"
#include "templates/entry.h"
#include "templates/inventory.h"
#include "templates/layer_sink.h"
#include "templates/manifest.h"
#include "templates/oci.h"
#include "templates/recorder.h"
#include "templates/source.h"
#include "templates/store.h"
#include "templates/unpack.h"
#include "templates/walk.h"

namespace croft::templates::fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

// Two directories side by side: what is unpacked goes into one, and nothing may ever appear in the other.
class Ground {
 public:
  Ground() {
    const char* base = getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/croft-test-fuzz-XXXXXX";
    promise(mkdtemp(path_.data()) != nullptr, "a directory can be made");
  }
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  ~Ground() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] runtime::Fd fresh_root() const {
    std::filesystem::remove_all(path_ + "/root");
    std::filesystem::create_directory(path_ + "/root");
    return runtime::open_file(path_ + "/root", O_RDONLY | O_DIRECTORY);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool is_clean() const {
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      if (entry.path().filename() != "root") return false;
    return true;
  }

 private:
  std::string path_;
};

inline bool printable(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') return false;
  return true;
}

// Any bytes as an archive: refused in printable words, or a layer whose files say the same id when read
// again.
inline void archive(std::string_view bytes) {
  static const Ground ground;
  static const Ground other;
  Control control;
  control.bounds = {500, 100'000, 1'000'000};
  try {
    const runtime::Fd root = ground.fresh_root();
    const runtime::Fd file = runtime::sealed_memory("fuzz", bytes);
    lseek(file.get(), 0, SEEK_SET);
    Report report;
    Unpacker unpacker(root, control, report);
    read_archive(file, control, report, unpacker);
    const Unpacker::Result result = unpacker.finish();
    for (const std::string& line : report.notes) promise(printable(line), "a note can be printed");
    Manifest manifest;
    std::vector<runtime::Fd> layers;
    layers.push_back(root.duplicate());
    detect(layers, manifest);
    const runtime::Fd copy = other.fresh_root();
    Report again;
    control.bounds.data_bytes = std::uint64_t{1} << 40;
    Unpacker second(copy, control, again);
    read_directory(root, again, second);
    promise(second.finish().id == result.id, "a layer read again has its id");
  } catch (const runtime::Error& error) {
    promise(printable(error.what()), "a refusal can be printed");
  }
  promise(ground.is_clean(), "nothing is written outside of the root");
}

// Any text as the list of a layer: what is taken comes back through to_text.
inline void inventory(std::string_view text) {
  try {
    const Inventory parsed = inventory_from_text(text);
    promise(inventory_from_text(to_text(parsed)) == parsed, "a list comes back");
    promise(is_layer_id(layer_id(parsed)), "a list has an id");
  } catch (const runtime::Error& error) {
    promise(error.kind() == runtime::ErrorKind::kInvalid, "a refusal is kInvalid");
    promise(printable(error.what()), "a refusal can be printed");
  }
}

// Any text as each document of an image: refused in printable words, or something bounded.
inline void oci(std::string_view text) {
  const auto attempt = [](auto parse) {
    try {
      parse();
    } catch (const runtime::Error& error) {
      promise(printable(error.what()), "a refusal can be printed");
    }
  };
  attempt([&] { promise(index_from_text(text).manifests.size() <= kMaxImages, "an index is bounded"); });
  attempt([&] { promise(image_manifest_from_text(text).layers.size() <= kMaxLayers, "layers are bounded"); });
  attempt([&] { promise(saved_images_from_text(text).size() <= kMaxImages, "images are bounded"); });
  attempt([&] {
    const ImageConfig config = image_config_from_text(text);
    promise(config.diff_ids.size() <= kMaxLayers, "digests are bounded");
    promise(printable(config.architecture + config.os), "the platform can be printed");
    Manifest manifest;
    manifest.name = "t";
    manifest.layers = {"sha256:" + std::string(64, '0')};
    manifest.command = config.entrypoint;
    manifest.command.insert(manifest.command.end(), config.command.begin(), config.command.end());
    promise(manifest_from_json(to_json(manifest)) == manifest, "its command fits into a manifest");
  });
  attempt([&] { static_cast<void>(is_index("", text)); });
}

inline void metadata(std::string_view text) {
  promise(printable(architecture_of_metadata(text)), "an architecture can be printed");
  static_cast<void>(format_of_entry(text));
}

// Any bytes as a layer of an image, whose names may hide others.
inline void layer(std::string_view bytes) {
  static const Ground ground;
  Control control;
  control.bounds = {500, 100'000, 1'000'000};
  try {
    const runtime::Fd root = ground.fresh_root();
    const runtime::Fd file = runtime::sealed_memory("fuzz", bytes);
    lseek(file.get(), 0, SEEK_SET);
    Report report;
    Unpacker unpacker(root, control, report);
    LayerSink sink(unpacker);
    read_archive(file, control, report, sink);
    const Unpacker::Result result = unpacker.finish();
    Recorder recorder;
    read_directory(root, report, recorder, Reading::kLayer);
    promise(layer_id(recorder.finish()) == result.id, "a layer read again has its id");
  } catch (const runtime::Error& error) {
    promise(printable(error.what()), "a refusal can be printed");
  }
  promise(ground.is_clean(), "nothing is written outside of the root");
}

// Any bytes as a backup: refused in printable words, or whole, with an id.
inline void backup(std::string_view bytes) {
  Control control;
  control.bounds = {500, 100'000, 1'000'000};
  const runtime::Fd file = runtime::sealed_memory("fuzz", bytes);
  lseek(file.get(), 0, SEEK_SET);
  try {
    Report report;
    const VerifiedBackup found = verify_backup(file, control, report);
    promise(is_layer_id(found.id), "a whole backup has an id");
    promise(found.files <= control.bounds.entries, "its files are bounded");
  } catch (const runtime::Error& error) {
    promise(printable(error.what()), "a refusal can be printed");
  }
}

// Any text as a manifest: what is taken comes back through to_json.
inline void manifest(std::string_view text) {
  try {
    const Manifest parsed = manifest_from_text(text);
    promise(manifest_from_json(to_json(parsed)) == parsed, "a manifest comes back");
  } catch (const runtime::Error& error) {
    promise(error.kind() == runtime::ErrorKind::kInvalid, "a refusal is kInvalid");
    promise(printable(error.what()), "a refusal can be printed");
  }
}

}  // namespace croft::templates::fuzz
