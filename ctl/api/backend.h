// The border between the HTTP API and what it drives. ctl/api knows routes, status codes, operations, paging
// and idempotency; behind Backend, ctl/lifecycle knows containers. One verb ("container.start") is one
// handler there and one row of the route table here.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/fd.h"

namespace croft::ctl {

using Json = nlohmann::json;

// Who asks: credentials of the peer of the socket (SO_PEERCRED), and how it came ("unix", "daemon").
struct Actor {
  uid_t uid = 0;
  pid_t pid = 0;
  std::string origin = "unix";
};

struct Call {
  std::string verb;                          // "container.start"
  std::map<std::string, std::string> path;   // values of {name} parts of the route
  std::map<std::string, std::string> query;  // decoded query parameters that the route allows
  Json body;                                 // null when there was none
  std::vector<std::string> fields;           // of GET: which fields will be looked at; empty: all
  std::string accept;                        // of GET: the header Accept as it came
  Actor actor;
  std::string if_match;  // entity tag without quotes, empty when not given
  bool dry_run = false;  // answer the changes, do nothing
  int fail_at = -1;      // fault injection, honoured only by a daemon started with --allow-faults
  std::function<void(const std::string& what, int percent)> progress;  // may be empty; percent -1 is unknown
  const std::atomic<bool>* cancelled = nullptr;
};

struct Answer {
  int status = 200;
  Json body;
  std::string etag;      // without quotes; empty for none
  std::string location;  // of what was created; empty for none
  std::string text{};    // the answer where it is no JSON, and then of this type
  const char* content_type = "";
};

// A connection that was switched from HTTP to Croft's stream protocol (exec, console, import): a blocking
// Unix stream socket over which descriptors may come (SCM_RIGHTS) and JSON lines go both ways.
struct Stream {
  runtime::Fd socket;
  std::atomic<bool>* closing = nullptr;  // set when the daemon stops
};

struct Event {
  std::uint64_t number = 0;  // gap-free, from 1
  std::string time;          // RFC 3339, UTC, microseconds
  std::string kind;          // "container.started"
  std::string object;        // "default/web1"
  std::string uuid;          // of the container, empty for others
  Json actor;                // {"uid":..,"pid":..,"origin":..}
  Json before;               // null or the old state
  Json after;                // null or the new state
  Json detail;               // reason, sizes, ...
};
Json to_json(const Event& event);

class Backend {
 public:
  virtual ~Backend() = default;
  // Does one verb; blocks; called from several threads at once. Throws runtime::Error.
  virtual Answer call(const Call& call) = 0;
  // Serves one upgraded connection until it ends; called on a thread of its own. Throws only before it has
  // sent anything; the caller then sends {"error": problem} as the only line.
  virtual void serve(const Call& call, Stream stream) = 0;
  // Events numbered `after`+1 and on, oldest first, at most `limit`. An `after` older than the journal's
  // first event is an Error kNotFound that names the first number kept.
  virtual std::vector<Event> events(std::uint64_t after, std::size_t limit) = 0;
  // Registers a function that is called, from any thread, when a new event is there. Not removable: once, at
  // start.
  virtual void on_event(std::function<void()> notify) = 0;

  // What must outlive the daemon: operations and idempotency keys, as opaque text under a kind and a key.
  virtual void keep(const std::string& kind, const std::string& key, const std::string& text) = 0;
  virtual std::optional<std::string> kept(const std::string& kind, const std::string& key) = 0;
  virtual std::vector<std::pair<std::string, std::string>> all_kept(const std::string& kind) = 0;
  virtual void forget(const std::string& kind, const std::string& key) = 0;
};

}  // namespace croft::ctl
