// The lock and the transaction around every method of Registry.
#pragma once

#include <mutex>
#include <utility>

#include "ctl/lifecycle/registry/log_sync.h"
#include "ctl/lifecycle/registry/registry.h"
#include "ctl/lifecycle/registry/reserve.h"
#include "ctl/lifecycle/registry/store.h"
#include "runtime/error.h"

namespace croft::ctl {

enum class Durability {
  kQuick,    // in the log; on the disk with whatever is synced next
  kDurable,  // on the disk when the method returns
};

// Where a change may find its room on a full disk. What only makes more may not have the last of it.
enum class Room {
  kFree,     // in what is free
  kReserve,  // in what was set aside, too
};

struct Way {
  Durability durability = Durability::kQuick;
  Room room = Room::kFree;
  bool rehearsal = false;  // all of it, but nothing is kept
};

struct Registry::Impl {
  explicit Impl(RegistryOptions options)
      : store(std::move(options)), reserve(store.options.path + ".reserve"), log(store.options.path) {
    log.wait(log.ask());
  }

  // One change: `body` returns what the method returns. Tells of new events after the lock is gone.
  template <class Body>
  auto change(const Way& way, Body body) {
    bool has_news = false;
    std::uint64_t ticket = 0;
    auto result = [&] {
      const std::lock_guard lock(mutex);
      auto value = transact(way, body);
      if (way.rehearsal) return value;
      has_news = store.has_news;
      if (way.durability == Durability::kDurable) ticket = log.ask();
      return value;
    }();
    if (way.durability == Durability::kDurable) log.wait(ticket);
    if (has_news && store.options.on_event) store.options.on_event();
    return result;
  }

  template <class Body>
  auto transact(const Way& way, Body& body) {
    const auto once = [&] {
      store.has_news = false;
      Transaction transaction(store.database);
      auto value = body(store);
      if (!way.rehearsal) transaction.commit();
      return value;
    };
    try {
      if (way.room == Room::kFree) reserve.refill();
      return once();
    } catch (const runtime::Error& error) {
      if (way.room == Room::kFree || error.kind() != runtime::ErrorKind::kExhausted || !reserve.release())
        throw;
    }
    return once();
  }

  template <class Body>
  auto read(Body body) {
    const std::lock_guard lock(mutex);
    return body(store);
  }

  std::mutex mutex;
  Store store;
  Reserve reserve;
  LogSync log;
};

}  // namespace croft::ctl
