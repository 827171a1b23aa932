#include "templates/source.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/error.h"
#include "templates/entry.h"
#include "templates/oci.h"
#include "templates/sha256.h"

namespace croft::templates {
namespace {

constexpr std::size_t kMaxWord = 64;

constexpr std::array<std::pair<std::string_view, SourceFormat>, 4> kFormats{{
    {"auto", SourceFormat::kAuto},
    {"rootfs", SourceFormat::kRootfs},
    {"image", SourceFormat::kImage},
    {"lxc", SourceFormat::kLxc},
}};

bool exists_in(const runtime::Fd& directory, const char* name) {
  struct stat info {};
  return fstatat(directory.get(), name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

// "HEX", "HEX.json", "HEX.tar": what `docker save` and skopeo call their files.
bool is_digest_name(std::string_view name) {
  return digest_from_hex(name.substr(0, name.find('.'))).has_value();
}

}  // namespace

SourceFormat source_format_of(std::string_view text) {
  for (const auto& [name, format] : kFormats)
    if (name == text) return format;
  throw runtime::Error(runtime::ErrorKind::kInvalid, shown(text) + " is no format of a source")
      .cure("use auto, rootfs, image or lxc");
}

SourceFormat format_of_entry(std::string_view path) {
  const std::string_view top = path.substr(0, path.find('/'));
  for (const std::string_view name : {"oci-layout", "index.json", "blobs", "manifest.json", "repositories"})
    if (top == name) return SourceFormat::kImage;
  if (is_digest_name(top)) return SourceFormat::kImage;
  for (const std::string_view name : {"metadata.yaml", "rootfs", "rootfs.squashfs", "templates"})
    if (top == name) return SourceFormat::kLxc;
  return SourceFormat::kRootfs;
}

SourceFormat format_of_directory(const runtime::Fd& directory) {
  for (const char* name : {"oci-layout", "index.json", "manifest.json"})
    if (exists_in(directory, name)) return SourceFormat::kImage;
  const bool lxc = exists_in(directory, "metadata.yaml") && exists_in(directory, "rootfs");
  return lxc ? SourceFormat::kLxc : SourceFormat::kRootfs;
}

std::string architecture_of_metadata(std::string_view yaml) {
  constexpr std::string_view kKey = "architecture:";
  while (!yaml.empty()) {
    std::string_view line = yaml.substr(0, yaml.find('\n'));
    yaml.remove_prefix(std::min(line.size() + 1, yaml.size()));
    if (!line.starts_with(kKey)) continue;
    line.remove_prefix(kKey.size());
    std::string word;
    for (const char c : line.substr(0, line.find('#')))
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') word += c;
    return word.size() > kMaxWord ? std::string() : machine_of_go(word);
  }
  return {};
}

}  // namespace croft::templates
