// Where layers lie: D/layers/NAME/{root/,layer.json,files} for finished ones, D/objects/ for what their files
// are links to (templates/objects.h), D/tmp/ for work in progress. A layer appears by one rename after
// everything in it is on the disk, and is never changed again. Which layers are in use is the registry's
// knowledge; `collect` is told. Layers of Croft before it had objects have no `files`, and share nothing
// until they are verified.
//
// NAME is the layer's id with '-' for ':' (a colon separates overlay's lower directories). The directory
// around root/ is 0700, because root/ has the real modes and owners, set-user-id programs included.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/fd.h"
#include "templates/inventory.h"
#include "templates/objects.h"

namespace croft::templates {

struct Layer {
  std::string id;  // "sha256:" and 64 hexadecimal digits; what it covers is said in templates/digest.h
  std::uint64_t size_bytes = 0;  // file data, holes not counted, hard links once
  std::uint64_t files = 0;       // entries of every type
  std::string created;           // RFC 3339, UTC
  bool operator==(const Layer&) const = default;
};

// Whether `id` has the form of a layer id.
bool is_layer_id(const std::string& id);

// A directory in D/tmp that a layer is being made in; removed with all its content unless it was committed.
class Staging {
 public:
  explicit Staging(std::string path);
  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&&) = delete;
  Staging(const Staging&) = delete;
  ~Staging();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const runtime::Fd& root() const { return root_; }  // the empty directory to fill

 private:
  friend class Store;
  std::string path_;  // empty once committed
  runtime::Fd root_;
};

// Holds a layer against `collect` while it lives: between commit and the registry's own record.
using Pin = std::shared_ptr<void>;

// Safe to use from several threads.
class Store {
 public:
  // Makes D/layers, D/objects and D/tmp (0700) where missing. Throws Error.
  explicit Store(std::string data_directory);

  // What an interrupted run left in D/tmp: trees to be removed. Asked at start, before anything else uses the
  // store.
  [[nodiscard]] std::vector<std::string> leftovers() const;
  [[nodiscard]] Staging stage();
  // To be given to the Unpacker that fills `staged`, and then to `commit`.
  [[nodiscard]] Sharing sharing(const Staging& staged);
  // Makes what was staged durable and puts it in place under `layer.id`. The same id already there: the
  // staged copy is dropped, the older one stays. Returns what is in place.
  Layer commit(Staging staged, Layer layer, const Inventory& inventory, Sharing& sharing);
  [[nodiscard]] Pin pin(const std::string& id);

  [[nodiscard]] bool has(const std::string& id) const;
  [[nodiscard]] Layer layer(const std::string& id) const;  // throws Error kNotFound
  [[nodiscard]] std::vector<Layer> layers() const;         // by id
  [[nodiscard]] std::string root_path(const std::string& id) const;
  // Throws Error kNotFound where the layer is older than objects, kInvalid where its list is damaged.
  [[nodiscard]] Inventory inventory(const std::string& id) const;
  // Gives a layer that was found to be what its id says a list anew, and its files their objects.
  void adopt(const std::string& id, const Inventory& inventory);
  // Takes every layer that is neither used nor pinned out of the store; returns the trees, now among the
  // leftovers, for the caller to remove: that can take long. `used` is asked once, while no pin can end: what
  // was pinned before is then either pinned still or known to whoever answers.
  using Used = std::function<std::set<std::string>()>;
  std::vector<std::string> collect(const Used& used);
  // Those that `collect` would take.
  [[nodiscard]] std::vector<Layer> unused(const Used& used) const;

  [[nodiscard]] Objects& objects() const { return *objects_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  [[nodiscard]] std::string layer_path(const std::string& id) const;
  [[nodiscard]] std::vector<std::string> unused_ids(const Used& used) const;  // with the pins' lock held

  std::string directory_;
  std::shared_ptr<Objects> objects_;
  struct Pins {
    std::mutex lock;
    std::map<std::string, int> counts;
  };
  std::shared_ptr<Pins> pins_;
};

}  // namespace croft::templates
