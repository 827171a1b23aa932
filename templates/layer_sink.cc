#include "templates/layer_sink.h"

#include <string_view>
#include <utility>

#include "runtime/error.h"

namespace croft::templates {
namespace {

constexpr std::string_view kPrefix = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr std::string_view kMeta = ".wh..wh.";  // of AUFS itself: of no meaning elsewhere

std::string hidden_path(const std::string& path, std::string_view name) {
  name.remove_prefix(kPrefix.size());
  if (name.empty() || name == "." || name == "..")
    throw runtime::Error(runtime::ErrorKind::kInvalid, "entry " + shown(path) + ": it hides nothing");
  const std::string_view parent = parent_of(path);
  return std::string(parent) + (parent.empty() ? "" : "/") + std::string(name);
}

}  // namespace

void LayerSink::begin(Entry entry) {
  const std::string_view name = name_of(entry.path);
  mark_ = name.starts_with(kPrefix);
  if (!mark_) return unpacker_.begin(std::move(entry));
  if (name == kOpaque) return unpacker_.make_opaque(std::string(parent_of(entry.path)));
  if (name.starts_with(kMeta)) return;
  Entry whiteout;
  whiteout.type = EntryType::kWhiteout;
  whiteout.path = hidden_path(entry.path, name);
  unpacker_.begin(std::move(whiteout));
  unpacker_.end();
}

void LayerSink::data(std::uint64_t offset, std::string_view bytes) {
  if (!mark_) unpacker_.data(offset, bytes);
}

void LayerSink::end() {
  if (!mark_) unpacker_.end();
}

}  // namespace croft::templates
