// Idempotency-Key: what the first request with a key was answered, so that a client may send a POST again
// when it does not know whether the first one arrived. Kept by the backend, bounded in number and age.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "ctl/api/backend.h"
#include "ctl/api/operations.h"

namespace croft::ctl {

struct IdempotencyLimits {
  std::size_t keys = 1000;  // of all clients together; the oldest is forgotten
  std::chrono::hours age{24};
};
inline constexpr std::size_t kMaxIdempotencyKey = 128;

// Tells a repeated request from another one under the same key. Not a cryptographic digest: a key belongs to
// one uid, which could only deceive itself.
std::string digest_of_request(std::string_view verb, std::string_view target, std::string_view body);

class Idempotency {
 public:
  Idempotency(Backend& backend, Clock clock, IdempotencyLimits limits);

  // What is kept under a key: {"status","body","etag","location"} or {"operation": id}.
  using Known = std::optional<Json>;

  void load();
  // The first answer, or nothing: then the key is taken for this request until `finish` or `abandon`. Throws
  // Rejected 422 for another request under that key, Error kBusy while the first one is being carried out and
  // kConflict when nobody knows how it ended, because the daemon did.
  Known begin(const std::string& key, const std::string& digest);
  void finish(const std::string& key, Json answer);
  void abandon(const std::string& key);

 private:
  struct Entry {
    std::int64_t time_s = 0;
    std::string digest;
    bool running = false;  // by this daemon
    bool answered = false;
  };
  void forget_old();
  void store(const std::string& key, const Entry& entry, Json answer);

  Backend& backend_;
  const Clock clock_;
  const IdempotencyLimits limits_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace croft::ctl
