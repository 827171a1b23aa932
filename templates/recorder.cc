#include "templates/recorder.h"

#include <utility>

#include "templates/xattr.h"

namespace croft::templates {

Recorder::Recorder(std::function<void(std::uint64_t bytes)> on_data) : on_data_(std::move(on_data)) {}

void Recorder::begin(Entry entry) {
  bytes_ = 0;
  in_file_ = entry.type == EntryType::kFile;
  settle(entry);
  if (entry.type == EntryType::kHardlink) {
    Listed again = listed_.at(entry.target);
    again.path = entry.path;
    listed_[entry.path] = std::move(again);
  } else if (in_file_) {
    file_ = std::move(entry);
  } else {
    keep(entry, {});
  }
}

void Recorder::data(std::uint64_t offset, std::string_view bytes) {
  if (on_data_) on_data_(bytes.size());
  content_.add(offset, bytes);
  bytes_ += bytes.size();
}

void Recorder::end() {
  if (in_file_) keep(file_, content_.finish(file_.size));
  in_file_ = false;
}

void Recorder::keep(const Entry& entry, const Digest& content) {
  listed_[entry.path] = {entry.path, entry.type, nodes_++, bytes_, record_of(sha_, entry, content)};
}

Inventory Recorder::finish() {
  Inventory inventory;
  inventory.reserve(listed_.size());
  for (auto& [path, listed] : listed_) inventory.push_back(std::move(listed));
  return inventory;
}

}  // namespace croft::templates
