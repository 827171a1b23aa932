#include "templates/router.h"

#include <algorithm>
#include <utility>

#include "runtime/error.h"

namespace croft::templates {
namespace {

constexpr std::string_view kRoot = "rootfs";

bool is_inside(std::string_view path) {
  return path == kRoot || (path.starts_with(kRoot) && path[kRoot.size()] == '/');
}

std::string inside(const std::string& path) {
  return path.size() == kRoot.size() ? std::string() : path.substr(kRoot.size() + 1);
}

}  // namespace

void Router::begin(Entry entry) {
  if (format_ == SourceFormat::kAuto) {
    // The top itself says nothing yet; a root directory's is worth keeping, and hurts nobody else.
    if (entry.path.empty()) {
      current_ = nullptr;
      top_ = std::move(entry);
      return;
    }
    format_ = format_of_entry(entry.path);
  }
  begin_top();
  is_metadata_ = false;
  current_ = nullptr;
  if (format_ == SourceFormat::kLxc) return begin_lxc(std::move(entry));
  current_ = format_ == SourceFormat::kImage ? &files_ : &root_;
  current_->begin(std::move(entry));
}

void Router::begin_lxc(Entry entry) {
  is_metadata_ = entry.path == "metadata.yaml" && entry.type == EntryType::kFile;
  if (is_inside(entry.path)) {
    if (entry.type == EntryType::kHardlink && !is_inside(entry.target))
      throw runtime::Error(runtime::ErrorKind::kInvalid,
                           "entry " + shown(entry.path) + ": it is a hard link out of the root directory");
    entry.path = inside(entry.path);
    if (entry.type == EntryType::kHardlink) entry.target = inside(entry.target);
    current_ = &root_;
    return root_.begin(std::move(entry));
  }
  if (entry.path == "rootfs.squashfs")
    throw runtime::Error(runtime::ErrorKind::kUnsupported, "its root directory is packed with squashfs")
        .cure("take the image's rootfs.tar.xz, or unpack it with `unsquashfs` and import the directory");
  if (!is_metadata_ && !entry.path.empty())
    note(report_, shown(entry.path) + ", which is not of the root directory, left out");
}

void Router::data(std::uint64_t offset, std::string_view bytes) {
  if (current_ != nullptr) return current_->data(offset, bytes);
  if (is_metadata_ && metadata_.size() < kMaxMetadata)
    metadata_ += bytes.substr(0, kMaxMetadata - metadata_.size());
}

void Router::end() {
  if (current_ != nullptr) current_->end();
}

void Router::begin_top() {
  if (!top_ || format_ != SourceFormat::kRootfs) return;
  root_.begin(*std::exchange(top_, std::nullopt));
  root_.end();
}

void Router::finish() {
  if (format_ == SourceFormat::kAuto) format_ = SourceFormat::kRootfs;
  begin_top();
}

}  // namespace croft::templates
