#include "templates/digest.h"

#include <algorithm>
#include <cstring>

namespace croft::templates {
namespace {

constexpr std::size_t kBlock = 65536;
constexpr std::uint64_t kFormat = 1;

bool all_zero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

void add_text(Sha256& sha, std::string_view text) {
  sha.add(text.size());
  sha.add(text);
}

std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

void ContentDigest::add(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::uint64_t index = offset / kBlock;
    if (index != block_index_) {
      flush();
      block_index_ = index;
    }
    const std::size_t inside = offset % kBlock;
    const std::size_t taken = std::min(bytes.size(), kBlock - inside);
    block_.resize(inside, '\0');  // what was skipped inside the block is a hole
    block_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    offset += taken;
  }
}

void ContentDigest::flush() {
  if (all_zero(block_)) block_.clear();
  if (!block_.empty()) {
    block_.resize(block_.find_last_not_of('\0') + 1);  // a hole up to the block's end must look the same
    sha_.add(block_index_);
    add_text(sha_, block_);
  }
  block_.clear();
}

Digest ContentDigest::finish(std::uint64_t size) {
  flush();
  block_index_ = 0;
  sha_.add(size);
  return sha_.finish();
}

Digest record_of(Sha256& sha, const Entry& entry, const Digest& content) {
  sha.add(static_cast<std::uint64_t>(entry.type));
  for (const std::int64_t number :
       {static_cast<std::int64_t>(entry.mode), entry.uid, entry.gid,
        static_cast<std::int64_t>(entry.mtime.tv_sec), static_cast<std::int64_t>(entry.mtime.tv_nsec)})
    sha.add(static_cast<std::uint64_t>(number));
  add_text(sha, entry.type == EntryType::kFile ? view(content) : entry.target);
  std::vector<Xattr> xattrs = entry.xattrs;
  std::sort(xattrs.begin(), xattrs.end(), [](const Xattr& a, const Xattr& b) { return a.name < b.name; });
  sha.add(xattrs.size());
  for (const Xattr& xattr : xattrs) {
    add_text(sha, xattr.name);
    add_text(sha, xattr.value);
  }
  return sha.finish();
}

std::string layer_id(std::vector<NamedRecord> records) {
  std::sort(records.begin(), records.end(),
            [](const NamedRecord& a, const NamedRecord& b) { return a.path < b.path; });
  Sha256 sha;
  sha.add(kFormat);
  std::unordered_map<std::uint32_t, std::string_view> first;
  for (const NamedRecord& record : records) {
    const auto [seen, is_first] = first.emplace(record.node, record.path);
    add_text(sha, record.path);
    sha.add(std::uint64_t{!is_first});
    add_text(sha, is_first ? view(*record.record) : seen->second);
  }
  return "sha256:" + to_hex(sha.finish());
}

}  // namespace croft::templates
