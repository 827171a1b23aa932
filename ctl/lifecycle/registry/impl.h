// The lock and the transaction around every method of Registry.
#pragma once

#include <mutex>
#include <utility>

#include "ctl/lifecycle/registry/log_sync.h"
#include "ctl/lifecycle/registry/registry.h"
#include "ctl/lifecycle/registry/store.h"

namespace croft::ctl {

enum class Durability {
  kQuick,    // in the log; on the disk with whatever is synced next
  kDurable,  // on the disk when the method returns
  kLater,    // on the disk soon; settle() waits for it
};

inline Durability durability_of(Sync sync) {
  return sync == Sync::kNow ? Durability::kDurable : Durability::kLater;
}

struct Registry::Impl {
  explicit Impl(RegistryOptions options) : store(std::move(options)), log(store.options.path) {
    log.wait(log.ask());
  }

  // One change: `body` returns what the method returns. Tells of new events after the lock is gone.
  template <class Body>
  auto change(Durability durability, Body body) {
    return change(EventDraft(), durability, std::move(body));
  }

  // The same, or only its rehearsal.
  template <class Body>
  auto change(const EventDraft& event, Durability durability, Body body) {
    bool has_news = false;
    std::uint64_t ticket = 0;
    auto result = [&] {
      const std::lock_guard lock(mutex);
      store.has_news = false;
      Transaction transaction(store.database);
      auto value = body(store);
      if (event.rehearsal) return value;
      transaction.commit();
      has_news = store.has_news;
      if (durability != Durability::kQuick) ticket = log.ask();
      return value;
    }();
    if (durability == Durability::kDurable && !event.rehearsal) log.wait(ticket);
    if (has_news && store.options.on_event) store.options.on_event();
    return result;
  }

  template <class Body>
  auto read(Body body) {
    const std::lock_guard lock(mutex);
    return body(store);
  }

  std::mutex mutex;
  Store store;
  LogSync log;
};

}  // namespace croft::ctl
