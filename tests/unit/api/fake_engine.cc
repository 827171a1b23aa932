// The engine of the daemon under test: the fake backend, with its store in a file of the data directory, so
// that it outlives a killed daemon. While DATA/hold exists, operations do not end.
#include <nlohmann/json.hpp>

#include "ctl/lifecycle/engine.h"
#include "runtime/error.h"
#include "tests/unit/api/fake_backend.h"

namespace croft::ctl {
namespace {

class FileBackend : public FakeBackend {
 public:
  explicit FileBackend(const std::string& data) : FileBackend(data, std::make_shared<Store>()) {}

  Answer call(const Call& call) override {
    runtime::exists(data_ + "/hold") ? hold() : let_go();
    return FakeBackend::call(call);
  }
  void keep(const std::string& kind, const std::string& key, const std::string& text) override {
    FakeBackend::keep(kind, key, text);
    save();
  }
  void forget(const std::string& kind, const std::string& key) override {
    FakeBackend::forget(kind, key);
    save();
  }

 private:
  FileBackend(const std::string& data, const std::shared_ptr<Store>& store)
      : FakeBackend(store), data_(data) {
    if (!runtime::exists(data + "/store")) return;
    for (const Json& row : Json::parse(runtime::read_file(data + "/store")))
      (*store)[{row[0], row[1]}] = row[2];
  }
  void save() {
    const std::lock_guard lock(save_mutex_);
    Json rows = Json::array();
    for (const char* kind : {"operation", "idempotency"})
      for (const auto& [key, text] : all_kept(kind)) rows.push_back({kind, key, text});
    runtime::replace_file(data_ + "/store", rows.dump(), 0600, false);
  }

  const std::string data_;
  std::mutex save_mutex_;
};

}  // namespace

std::unique_ptr<Backend> make_engine(const EngineOptions& options) {
  if (options.cgroup_root == "croft-test-broken")
    throw runtime::Error(runtime::ErrorKind::kUnsupported, "cannot recover");
  return std::make_unique<FileBackend>(options.data);
}

}  // namespace croft::ctl
