// Writes entries, from an archive or a directory, into a layer's root. This is the one place that touches the
// pool on behalf of foreign content, and it trusts nothing:
// - an entry is made by name in a directory that was opened with openat2 RESOLVE_BENEATH |
// RESOLVE_NO_SYMLINKS, so
//   no path leads outside and none passes through a symlink, whatever order entries come in;
// - files are made with O_EXCL after an older entry of that name is gone, never opened through one;
// - hard links go to entries of the same archive only;
// - owners beyond a container's 65536 ids are refused; device nodes and sockets are left out and counted;
// - entries, names, data and attributes are bounded (templates/bounds.h).
// Nobody else can reach the root while it is written: its parent is 0700.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/fd.h"
#include "templates/digest.h"
#include "templates/import.h"
#include "templates/inventory.h"
#include "templates/objects.h"
#include "templates/sink.h"

namespace croft::templates {

class Unpacker : public Sink {
 public:
  // All must outlive it. `root` is an empty directory. With `sharing` files become links to objects.
  Unpacker(const runtime::Fd& root, const Control& control, Report& report, Sharing* sharing = nullptr);

  void begin(Entry entry) override;
  void data(std::uint64_t offset, std::string_view bytes) override;
  void end() override;

  // Marks a directory, which is made where it is missing, as hiding what lower layers have in it.
  void make_opaque(const std::string& path);
  // Where the facts of a directory come from that has no entry of its own; nothing: 0755 and root.
  using Implied = std::function<std::optional<Entry>(const std::string& path)>;
  void imply(Implied implied) { implied_ = std::move(implied); }
  [[nodiscard]] bool is_empty() const { return entries_ == 0; }

  struct Result {
    std::string id;
    std::uint64_t size_bytes = 0;
    std::uint64_t files = 0;
    Inventory inventory;
  };
  // Gives the directories their owners, modes, attributes and times, and computes the id.
  Result finish();

  // Reports progress now and then. Throws Error kConflict when the work was cancelled.
  void tick(const char* what = "unpacking");

 private:
  struct Node {
    Digest record;
    std::uint64_t size;
  };
  struct Item {
    EntryType type;
    std::uint32_t node;
  };

  void check(const Entry& entry) const;
  void charge(const Entry& entry);
  void leave_out(const Entry& entry);
  void drop_xattrs(Entry& entry);
  void create(const Entry& entry);
  void create_by_name(const Entry& entry);
  void make_parents(std::string_view path);
  void make_implied(std::string_view path, bool opaque);
  bool is_hidden(Entry& entry);
  void replace_older(const Entry& entry);
  void make_link(const Entry& entry);
  void share(const Entry& entry, const Digest& record);
  void apply_directories();
  void remember(const Entry& entry, const Digest& content);
  const runtime::Fd& parent_directory(std::string_view path);

  const runtime::Fd& root_;
  const Control& control_;
  Report& report_;
  Sharing* sharing_;
  Implied implied_;
  std::unordered_map<std::string, Item> items_;
  // Applied at the end: until then a directory has to be writable, and its default ACL must not spread.
  std::unordered_map<std::string, Entry> directories_;
  std::vector<Node> nodes_;
  Sha256 sha_;
  ContentDigest content_;

  Entry current_;
  runtime::Fd file_;
  std::uint64_t file_end_ = 0;    // where its data ends so far
  std::uint64_t file_bytes_ = 0;  // how much of it is data

  std::string parent_path_;
  runtime::Fd parent_;

  std::uint64_t entries_ = 0;
  std::uint64_t name_bytes_ = 0;
  std::uint64_t data_bytes_ = 0;
  std::uint64_t xattr_bytes_ = 0;
  std::int64_t last_progress_ms_ = 0;
};

}  // namespace croft::templates
