// Verbs that may take long: each runs on a worker, can be watched, waited for and cancelled, and once its id
// was told to a client it outlives the daemon: what was not finished then reads as "interrupted".
//
// An operation that ends before anybody was told its id (a short `?wait=`) is answered whole and stays in
// memory only, so that short verbs cost no write of their own.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ctl/api/backend.h"
#include "ctl/api/pool.h"
#include "runtime/error.h"

namespace croft::ctl {

using Clock = std::function<std::chrono::system_clock::time_point()>;
// RFC 3339 in UTC with microseconds.
std::string to_rfc3339(std::chrono::system_clock::time_point time);

class Operation {
 public:
  Operation(std::string id, std::string verb, std::string object, std::string created);

  const std::string id;
  const std::string verb;
  const std::string object;
  const std::string created;
  std::atomic<bool> cancelled{false};

  // The operation as JSON text.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool finished() const;

 private:
  friend class Operations;
  [[nodiscard]] Json shown() const;

  mutable std::mutex mutex_;
  std::mutex store_mutex_;  // the stored text never goes back to an older one
  std::string status_ = "running";
  std::string what_;
  int percent_ = -1;
  std::string updated_;
  std::string final_text_;  // once finished; smaller than the parsed result
  bool told_ = false;
  std::map<std::uint64_t, std::function<void()>> waiting_;
  std::uint64_t last_ticket_ = 0;
};
using OperationPtr = std::shared_ptr<Operation>;

class Operations {
 public:
  // What an operation does; its answer's body becomes the result.
  using Work = std::function<Answer(Operation&)>;
  // Called once for each operation that failed.
  using OnFailure = std::function<void(const Operation&, const runtime::Error&)>;

  Operations(Backend& backend, Pool& pool, Clock clock, std::size_t keep_finished, OnFailure on_failure);

  // Reads what an earlier daemon left, and marks as interrupted what it did not finish.
  void load();

  // Throws Error kUnavailable when too much is running already.
  OperationPtr begin(std::string verb, std::string object, Work work);
  // The same in two steps, for a caller that stores the id before anything happens.
  OperationPtr prepare(std::string verb, std::string object);
  void run(const OperationPtr& operation, Work work);

  // Throws Error kNotFound.
  OperationPtr find(const std::string& id) const;
  // All, as JSON texts.
  std::vector<std::string> texts() const;

  // From now on the operation outlives the daemon. Blocks on the backend's storage.
  void tell(const OperationPtr& operation);
  void progress(Operation& operation, const std::string& what, int percent);
  // Asks it to stop; throws Error kConflict when it has ended already.
  void cancel(const OperationPtr& operation);
  void cancel_all();
  // `done` is called once it has finished, from any thread; at once when it has already. Gives a ticket.
  std::uint64_t when_finished(const OperationPtr& operation, std::function<void()> done);
  // Forgets a `done` that nobody waits for any more.
  static void ignore(const OperationPtr& operation, std::uint64_t ticket);

 private:
  void finish(Operation& operation, std::string status, Json result, Json error);
  void store(Operation& operation);
  void remember(const OperationPtr& operation);
  void forget_oldest();

  Backend& backend_;
  Pool& pool_;
  const Clock clock_;
  const std::size_t keep_finished_;
  const OnFailure on_failure_;
  mutable std::mutex mutex_;
  std::map<std::string, OperationPtr> all_;
  std::deque<std::string> finished_;  // ids, oldest first
};

}  // namespace croft::ctl
