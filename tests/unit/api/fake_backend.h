// A Backend in memory for the tests of the API: a few containers, verbs that wait on command, a journal of
// events, and a store that outlives it when the test shares it between two of them.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ctl/api/backend.h"

namespace croft::ctl {

using Store = std::map<std::pair<std::string, std::string>, std::string>;

class FakeBackend : public Backend {
 public:
  explicit FakeBackend(std::shared_ptr<Store> store = std::make_shared<Store>()) : store_(std::move(store)) {}

  Answer call(const Call& call) override;
  void serve(const Call& call, Stream stream) override;
  std::vector<Event> events(std::uint64_t after, std::size_t limit) override;
  void on_event(std::function<void()> notify) override { notify_ = std::move(notify); }
  void keep(const std::string& kind, const std::string& key, const std::string& text) override;
  std::optional<std::string> kept(const std::string& kind, const std::string& key) override;
  std::vector<std::pair<std::string, std::string>> all_kept(const std::string& kind) override;
  void forget(const std::string& kind, const std::string& key) override;

  void add_container(const std::string& uuid, const std::string& name, const std::string& state);
  void add_event(const std::string& kind);
  void forget_events_before(std::uint64_t number);
  // Verbs named "container.start" end only after this; the ones before it at once.
  void hold();
  void let_go();
  // How often a verb was called.
  int calls(const std::string& verb);
  Call last_call(const std::string& verb);
  std::size_t kept_of(const std::string& kind);

 private:
  Answer start(const Call& call);
  Answer wait(const Call& call);
  Answer create(const Call& call);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  std::map<std::string, Json> containers_;  // by name
  struct Calls {
    int count = 0;
    Call last;
  };
  std::map<std::string, Calls> calls_;  // by verb
  std::vector<Event> events_;
  std::uint64_t last_event_ = 0;
  std::function<void()> notify_;
  std::shared_ptr<Store> store_;
  int made_ = 0;
};

}  // namespace croft::ctl
