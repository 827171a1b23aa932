#include "templates/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/error.h"
#include "templates/bounds.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::fail_errno;
using runtime::Fd;

constexpr std::string_view kPrefix = "sha256";
constexpr std::size_t kDigits = 64;

// "sha256:0123..." <-> "sha256-0123..."
std::string with_separator(std::string id, char separator) {
  id[kPrefix.size()] = separator;
  return id;
}

bool has_form(const std::string& text, char separator) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == kPrefix.size() + 1 + kDigits && text.starts_with(kPrefix) &&
         text[kPrefix.size()] == separator &&
         std::all_of(text.begin() + kPrefix.size() + 1, text.end(), is_digit);
}

std::string fresh_directory(const std::string& parent, const char* prefix) {
  std::string path = parent + "/" + prefix + "XXXXXX";
  if (mkdtemp(path.data()) == nullptr) fail_errno("cannot make a directory in `" + parent + "`");
  return path;
}

void flush_directory(const std::string& path) {
  if (fsync(runtime::open_file(path, O_RDONLY | O_DIRECTORY).get()) != 0)
    fail_errno("cannot flush `" + path + "`");
}

std::string to_text(const Layer& layer) {
  const nlohmann::ordered_json json{
      {"id", layer.id}, {"size_bytes", layer.size_bytes}, {"files", layer.files}, {"created", layer.created}};
  return json.dump(2) + "\n";
}

Layer from_text(const std::string& text, const std::string& path) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    return {json.at("id").get<std::string>(), json.at("size_bytes").get<std::uint64_t>(),
            json.at("files").get<std::uint64_t>(), json.at("created").get<std::string>()};
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kSystem, "cannot understand `" + path + "`: " + error.what());
  }
}

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
    names.push_back(at->path().filename());
  if (error) throw Error(runtime::kind_of_errno(error.value()), "cannot list `" + path + "`", error.value());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

bool is_layer_id(const std::string& id) {
  return has_form(id, ':');
}

Staging::Staging(std::string path) : path_(std::move(path)) {
  const std::string root = path_ + "/root";
  if (mkdir(root.c_str(), 0755) != 0) fail_errno("cannot make directory `" + root + "`");
  root_ = runtime::open_file(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  // An ACL that the data directory hands down would otherwise be in every entry of the layer.
  for (const char* name : {"system.posix_acl_default", "system.posix_acl_access"})
    if (fremovexattr(root_.get(), name) != 0 && errno != ENODATA && errno != EOPNOTSUPP)
      fail_errno("cannot remove the inherited ACL of `" + root + "`");
}

Staging::Staging(Staging&& other) noexcept
    : path_(std::exchange(other.path_, {})), root_(std::move(other.root_)) {}

Staging::~Staging() {
  if (path_.empty()) return;
  try {
    runtime::remove_tree(path_);
  } catch (const Error&) {
    // What is left is swept at the next start.
    return;
  }
}

Store::Store(std::string data_directory)
    : directory_(std::move(data_directory)), pins_(std::make_shared<Pins>()) {
  for (const char* name : {"/layers", "/tmp"}) runtime::make_directories(directory_ + name, 0700);
  objects_ = std::make_shared<Objects>(directory_ + "/objects");
}

std::vector<std::string> Store::leftovers() const {
  std::vector<std::string> paths;
  for (const std::string& name : names_in(directory_ + "/tmp")) paths.push_back(directory_ + "/tmp/" + name);
  return paths;
}

Staging Store::stage() {
  return Staging(fresh_directory(directory_ + "/tmp", "layer-"));
}

std::string Store::layer_path(const std::string& id) const {
  if (!is_layer_id(id)) throw Error(ErrorKind::kInvalid, "`" + id + "` is not the id of a layer");
  return directory_ + "/layers/" + with_separator(id, '-');
}

Sharing Store::sharing(const Staging& staged) {
  return {*objects_, runtime::open_file(staged.path_, O_RDONLY | O_DIRECTORY)};
}

Layer Store::commit(Staging staged, Layer layer, const Inventory& inventory, Sharing& sharing) {
  if (has(layer.id)) return this->layer(layer.id);
  const std::string target = layer_path(layer.id);
  runtime::replace_file(staged.path_ + "/files", to_text(inventory), 0600, false);
  runtime::replace_file(staged.path_ + "/layer.json", to_text(layer), 0600, false);
  if (syncfs(staged.root_.get()) != 0) fail_errno("cannot flush layer `" + staged.path_ + "` to the disk");
  sharing.publish(staged.root_, inventory);
  if (rename(staged.path_.c_str(), target.c_str()) != 0) {
    if (errno == EEXIST || errno == ENOTEMPTY) return this->layer(layer.id);
    fail_errno("cannot put layer `" + layer.id + "` in place");
  }
  staged.path_.clear();
  flush_directory(directory_ + "/layers");
  return layer;
}

Pin Store::pin(const std::string& id) {
  const std::scoped_lock held(pins_->lock);
  ++pins_->counts[id];
  return {nullptr, [pins = pins_, id](void*) {
            const std::scoped_lock again(pins->lock);
            if (--pins->counts[id] == 0) pins->counts.erase(id);
          }};
}

bool Store::has(const std::string& id) const {
  return is_layer_id(id) && runtime::exists(layer_path(id) + "/layer.json");
}

Layer Store::layer(const std::string& id) const {
  const std::string path = layer_path(id) + "/layer.json";
  if (!runtime::exists(path))
    throw Error(ErrorKind::kNotFound, "layer " + id + " is not in `" + directory_ + "/layers`");
  return from_text(runtime::read_file(path, kMaxManifestBytes), path);
}

std::vector<Layer> Store::layers() const {
  std::vector<Layer> found;
  for (const std::string& name : names_in(directory_ + "/layers"))
    if (has_form(name, '-')) found.push_back(layer(with_separator(name, ':')));
  return found;
}

std::string Store::root_path(const std::string& id) const {
  return layer_path(id) + "/root";
}

Inventory Store::inventory(const std::string& id) const {
  const std::string path = layer_path(id) + "/files";
  if (!runtime::exists(path))
    throw Error(ErrorKind::kNotFound, "layer " + id + " has no list of its files: an older Croft made it");
  try {
    return inventory_from_text(runtime::read_file(path, kMaxInventoryBytes));
  } catch (Error& error) {
    throw error.wrap("cannot read `" + path + "`");
  }
}

void Store::adopt(const std::string& id, const Inventory& inventory) {
  runtime::replace_file(layer_path(id) + "/files", to_text(inventory), 0600, true);
  const Fd layer = runtime::open_file(layer_path(id), O_RDONLY | O_DIRECTORY);
  Sharing sharing(*objects_, layer.duplicate());
  sharing.publish(runtime::open_at(layer, "root", O_RDONLY | O_DIRECTORY | O_NOFOLLOW), inventory);
}

std::vector<std::string> Store::unused_ids(const Used& used) const {
  const std::set<std::string> kept = used();
  std::vector<std::string> ids;
  for (const std::string& name : names_in(directory_ + "/layers")) {
    if (!has_form(name, '-')) continue;
    std::string id = with_separator(name, ':');
    if (!kept.contains(id) && !pins_->counts.contains(id)) ids.push_back(std::move(id));
  }
  return ids;
}

std::vector<Layer> Store::unused(const Used& used) const {
  const std::scoped_lock held(pins_->lock);
  std::vector<Layer> layers;
  for (const std::string& id : unused_ids(used)) layers.push_back(layer(id));
  return layers;
}

std::vector<std::string> Store::collect(const Used& used) {
  std::vector<std::string> gone;
  const std::scoped_lock held(pins_->lock);
  for (const std::string& id : unused_ids(used)) {
    gone.push_back(fresh_directory(directory_ + "/tmp", "gone-"));
    if (rename(layer_path(id).c_str(), gone.back().c_str()) != 0)
      fail_errno("cannot remove layer `" + id + "`");
  }
  return gone;
}

}  // namespace croft::templates
