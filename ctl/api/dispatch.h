// From a parsed HTTP request to its reply: picks the pool that the call runs on, and puts preconditions,
// idempotency, paging and operations around it. Knows no HTTP library and no socket; ctl/api/session.cc does.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <variant>

#include "ctl/api/backend.h"
#include "ctl/api/events.h"
#include "ctl/api/idempotency.h"
#include "ctl/api/log.h"
#include "ctl/api/operations.h"
#include "ctl/api/pool.h"
#include "ctl/api/request.h"
#include "runtime/error.h"

namespace croft::ctl {

// Every bound of the daemon's concurrency in one place.
struct DispatchLimits {
  PoolLimits quick{16, 1024};
  PoolLimits operations{32, 4096};
  PoolLimits waits{64, 0};
  std::size_t finished_operations = 256;
  IdempotencyLimits idempotency{};
};

using CancelFlag = std::shared_ptr<std::atomic<bool>>;

// The reply comes later, through Respond.
struct Pending {
  std::chrono::seconds deadline{0};   // 0: none
  std::function<void()> at_deadline;  // makes the reply come soon
  CancelFlag gone;                    // to be set when the client goes away; may be null
};
struct SwitchToStream {
  Call call;
};
struct FollowEvents {
  std::uint64_t since = 0;
};
using Begun = std::variant<Reply, Pending, SwitchToStream, FollowEvents>;

// Called once or more, from any thread; only the first counts.
using Respond = std::function<void(Reply)>;

class Dispatcher {
 public:
  Dispatcher(Backend& backend, const Clock& clock, bool allow_faults, DispatchLimits limits, Log log);

  // Never blocks, never throws: what is wrong is in the reply.
  Begun begin(const HttpRequest& http, const Respond& respond);

  // Reads events on a worker: `done` gets the lines, or the reply that says what is wrong.
  using EventsRead = std::function<void(std::variant<EventLines, Reply>)>;
  void read_events(std::uint64_t since, std::size_t limit, const EventsRead& done);

  // Makes calls that only wait come back.
  void cancel_waits();
  void cancel_operations();
  bool drain(std::chrono::milliseconds timeout);

 private:
  using RequestPtr = std::shared_ptr<Request>;
  struct Started;

  Begun route(const HttpRequest& http, const Respond& respond);
  Begun begin_quick(Pool& pool, RequestPtr request, Respond respond);
  Begun begin_wait(RequestPtr request, Respond respond);
  Begun begin_operation(RequestPtr request, Respond respond);
  Begun begin_builtin(RequestPtr request, const Respond& respond);
  Begun watch_operation(const Request& request, const Respond& respond);

  Reply guarded(const Call& call, const std::function<Reply()>& work);
  Reply answer(Request& request);
  Reply answer_once(Request& request);
  void start_operation(const RequestPtr& request, const Respond& respond,
                       const std::shared_ptr<Started>& started);
  Reply tell_operation(const OperationPtr& operation);
  Json list_operations() const;
  void check_if_match(const Request& request);
  void report(const Call& call, const std::string& object, const runtime::Error& error);

  Backend& backend_;
  const bool allow_faults_;
  const Log log_;
  std::mutex mutex_;
  std::set<CancelFlag> waits_running_;
  Operations operations_;
  Idempotency idempotency_;
  // Destroyed first, in this order from the bottom: work on a pool may post to those above it.
  Pool operations_pool_;
  Pool waits_;
  Pool quick_;
};

}  // namespace croft::ctl
