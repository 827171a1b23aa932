#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/error.h"
#include "templates/archive.h"
#include "templates/backup.h"
#include "templates/recorder.h"
#include "templates/xattr.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using Json = nlohmann::json;

constexpr std::size_t kMaxAbout = std::size_t{4} << 20;
constexpr std::size_t kBlock = 4096;

[[noreturn]] void no_backup(const std::string& why) {
  throw Error(ErrorKind::kInvalid, "it is no whole backup of Croft: " + why);
}

// The first word of a path, which is taken off with its slash.
std::string take_word(std::string& path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  std::string word = path.substr(0, slash);
  path.erase(0, std::min(slash + 1, path.size()));
  return word;
}

// Sends each entry where it belongs, in the order that the format has.
class Splitter : public Sink {
 public:
  Splitter(BackupTaker& taker, const Bounds& bounds) : taker_(taker), bounds_(bounds) {}

  void begin(Entry entry) override {
    text_ = nullptr;
    sink_ = nullptr;
    const std::string path = entry.path;
    const std::string first = take_word(entry.path);
    if (path == "croft-backup.json") return take_text(entry, about_, kAbout, kMaxAbout);
    if (stage_ < kAbout || stage_ >= kEnd) no_backup("entry " + shown(path) + " is out of place");
    if (stage_ == kAbout && !told_) tell_about();
    if (path == "croft-files") return take_text(entry, files_, kFiles, kMaxInventoryBytes);
    if (path == "croft-end.json") return take_text(entry, end_, kEnd, kMaxAbout);
    if (first == "layers" && stage_ <= kLayers) return begin_layer(std::move(entry), path);
    if (first != "root" || stage_ > kRoot) no_backup("entry " + shown(path) + " is out of place");
    if (stage_ < kRoot) {
      root_ = taker_.root();
      entries_ = name_bytes_ = 0;
    }
    stage_ = kRoot;
    pass_on(std::move(entry), root_, "root");
  }

  void data(std::uint64_t offset, std::string_view bytes) override {
    if (text_ != nullptr) {
      if (text_->size() + bytes.size() > most_) no_backup("what it says of itself is too long");
      text_->append(bytes);
    } else if (sink_ != nullptr) {
      pass_data(offset, bytes);
    }
  }

  void end() override {
    if (sink_ != nullptr) sink_->end();
  }

  void finish() {
    if (stage_ != kEnd) no_backup("its end is missing");
    taker_.end(inventory_from_text(files_), parsed(end_));
  }

 private:
  enum Stage { kNothing, kAbout, kLayers, kRoot, kFiles, kEnd };

  static Json parsed(const std::string& text) {
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) no_backup("what it says of itself is no JSON");
    return json;
  }

  void take_text(const Entry& entry, std::string& text, Stage stage, std::size_t most) {
    if (entry.type != EntryType::kFile || stage_ >= stage || (stage == kEnd && stage_ != kFiles) ||
        (stage == kFiles && stage_ != kRoot))
      no_backup("what it says of itself is out of place");
    stage_ = stage;
    text_ = &text;
    most_ = most;
  }

  void tell_about() {
    const Json said = parsed(about_);
    const Json format = said.value("format", Json());
    if (!format.is_number_unsigned() || format > kBackupFormat)
      throw Error(ErrorKind::kUnsupported, "the backup is of format " + format.dump() +
                                               "; this Croft knows up to " + std::to_string(kBackupFormat))
          .cure("use the Croft that made it, or a newer one");
    taker_.about(said);
    told_ = true;
  }

  void begin_layer(Entry entry, const std::string& path) {
    stage_ = kLayers;
    const std::string hex = take_word(entry.path);
    const std::string id = "sha256:" + hex;
    if (!is_layer_id(id)) no_backup("entry " + shown(path) + " is of no layer");
    if (id != layer_) {
      if (std::find(seen_.begin(), seen_.end(), id) != seen_.end()) no_backup("a layer is in it twice");
      if (seen_.size() >= kMaxLayers) no_backup("it has too many layers");
      seen_.push_back(id);
      layer_sink_ = taker_.layer(id);
      layer_ = id;
      entries_ = name_bytes_ = 0;
    }
    pass_on(std::move(entry), layer_sink_, "layers/" + hex);
  }

  // A Recorder keeps all names, and trusts who gives them.
  void charge(const Entry& entry) {
    name_bytes_ += entry.path.size() + entry.target.size();
    if (++entries_ > bounds_.entries || name_bytes_ > bounds_.name_bytes)
      throw Error(ErrorKind::kExhausted, "the backup has too many entries");
  }

  void pass_on(Entry entry, Sink* sink, const std::string& prefix) {
    charge(entry);
    if (entry.type == EntryType::kDevice) entry.type = EntryType::kWhiteout;  // there are no others
    for (const Xattr& xattr : entry.xattrs)
      if (xattr.name == kOpaqueMark && xattr.value == "y") entry.opaque = entry.type == EntryType::kDirectory;
    std::erase_if(entry.xattrs, [](const Xattr& xattr) { return xattr.name.starts_with("trusted."); });
    if (entry.type == EntryType::kHardlink) {
      if (!entry.target.starts_with(prefix + "/"))
        no_backup("entry " + shown(entry.path) + " is a hard link to elsewhere");
      entry.target.erase(0, prefix.size() + 1);
    }
    sink_ = sink;
    if (sink_ != nullptr) sink_->begin(std::move(entry));
  }

  // Zeros become holes again.
  void pass_data(std::uint64_t offset, std::string_view bytes) {
    static constexpr std::array<char, kBlock> kZeros{};
    while (!bytes.empty()) {
      const std::size_t part = std::min<std::size_t>(bytes.size(), kBlock - offset % kBlock);
      const std::string_view block = bytes.substr(0, part);
      if (block != std::string_view(kZeros.data(), part)) sink_->data(offset, block);
      bytes.remove_prefix(part);
      offset += part;
    }
  }

  BackupTaker& taker_;
  Bounds bounds_;
  std::uint64_t entries_ = 0;     // of the layer, or of root/
  std::uint64_t name_bytes_ = 0;  // likewise, with what they lead to
  Stage stage_ = kNothing;
  bool told_ = false;
  std::string about_;
  std::string files_;
  std::string end_;
  std::string* text_ = nullptr;  // that is being read
  std::size_t most_ = 0;
  Sink* sink_ = nullptr;  // of the entry that is being read
  Sink* root_ = nullptr;
  std::string layer_;
  Sink* layer_sink_ = nullptr;
  std::vector<std::string> seen_;
};

class Verifier : public BackupTaker {
 public:
  void about(const Json& said) override { verified_.about = said.dump(); }

  Sink* layer(const std::string& id) override {
    close_layer();
    verified_.layers.push_back(id);
    recorder_ = std::make_unique<Recorder>();
    return recorder_.get();
  }

  Sink* root() override {
    close_layer();
    recorder_ = std::make_unique<Recorder>();
    return recorder_.get();
  }

  void end(const Inventory& files, const Json& said) override {
    const Inventory found = recorder_->finish();
    compare_with_list(found, files);
    verified_.id = layer_id(found);
    verified_.files = found.size() - 1;
    if (said.value(Json::json_pointer("/root/id"), Json()) != verified_.id)
      no_backup("the digest over its files differs from the one that it names");
    if (said.value("layers", Json()) != Json(verified_.layers)) no_backup("a layer of it is missing");
  }

  [[nodiscard]] VerifiedBackup result() { return std::move(verified_); }

 private:
  void close_layer() {
    if (!recorder_) return;
    if (layer_id(recorder_->finish()) != verified_.layers.back())
      no_backup("the layer " + verified_.layers.back() + " is damaged");
    recorder_.reset();
  }

  VerifiedBackup verified_;
  std::unique_ptr<Recorder> recorder_;
};

}  // namespace

void read_backup(const runtime::Fd& from, const Control& control, Report& report, BackupTaker& taker) {
  Splitter splitter(taker, control.bounds);
  read_archive(from, control, report, splitter);
  splitter.finish();
}

VerifiedBackup verify_backup(const runtime::Fd& from, const Control& control, Report& report) {
  Verifier verifier;
  try {
    read_backup(from, control, report, verifier);
  } catch (const std::out_of_range&) {  // of a Recorder, which is for what was read from a disk
    no_backup("a hard link in it leads nowhere");
  }
  return verifier.result();
}

void compare_with_list(const Inventory& found, const Inventory& listed) {
  const auto same = [](const Listed& a, const Listed& b) {
    return a.path == b.path && a.type == b.type && a.record == b.record;
  };
  const auto [one, other] = std::mismatch(found.begin(), found.end(), listed.begin(), listed.end(), same);
  if (one == found.end() && other == listed.end()) return;
  const bool missing = one == found.end() || (other != listed.end() && other->path < one->path);
  const std::string& path = missing ? other->path : one->path;
  throw Error(ErrorKind::kInvalid,
              shown("root/" + path) + (missing ? " is missing from it" : " is not what it was"));
}

}  // namespace croft::templates
