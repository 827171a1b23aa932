// The client's side of the API: a blocking HTTP/1.1 client over the daemon's Unix socket. Answers are parsed
// by Boost.Beast's parser in one translation unit; nothing of Boost shows here. One connection is kept alive
// and used again; `upgrade` and `follow_events` take one of their own. Not for several threads at once: one
// Client each.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {

using Json = nlohmann::json;
using Headers = std::map<std::string, std::string>;

struct Response {
  int status = 0;
  Headers headers;   // names in lower case
  std::string text;  // the body as it came
  // The body as JSON, null when there is none. Throws Error kSystem when it is not JSON.
  [[nodiscard]] Json json() const;
};

// The Error that a problem+json body (or the "error" of an operation) stands for: kind, detail and fields.
runtime::Error error_of_problem(const Json& problem);

// `text` for use as one part of a path or as the value of a query parameter: everything but unreserved
// characters (RFC 3986, section 2.3) becomes %XX.
std::string percent_encoded(std::string_view text);
// "/v1/containers" + {{"tenant","a b"}} -> "/v1/containers?tenant=a%20b"
std::string with_query(std::string_view path, const std::map<std::string, std::string>& query);

// Called about once a second while an operation runs; `percent` is -1 when unknown. What it throws ends
// the waiting, not the operation.
using OnProgress = std::function<void(const std::string& what, int percent)>;

class Client {
 public:
  // Connects on first use. `timeout_s` bounds every single silence of the daemon; 0 waits for ever, else at
  // least 2.
  explicit Client(std::string socket_path, int timeout_s = 0);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // One exchange, whatever its status. Throws Error kUnavailable when the daemon cannot be reached or goes
  // away. A request is sent again by itself only where that is harmless: nothing of it can have been carried
  // out.
  Response request(std::string_view method, std::string_view target, const std::optional<Json>& body = {},
                   const Headers& headers = {});

  // As above; the body of a good answer (a 202 gives the operation), or throws the Error of the problem.
  Json call(std::string_view method, std::string_view target, const std::optional<Json>& body = {},
            const Headers& headers = {});

  // As call, but sees an operation through to its end and gives its result, or throws its error. `target`
  // must not have a `wait` parameter. Works for verbs that answer at once too.
  Json perform(std::string_view method, std::string_view target, const std::optional<Json>& body = {},
               const OnProgress& on_progress = {}, const Headers& headers = {});

  // Waits for an operation; its result, or throws its error (cancelled and interrupted are kConflict and
  // kSystem).
  Json wait_operation(const std::string& id, const OnProgress& on_progress = {});
  void cancel_operation(const std::string& id);

  // POST with `Upgrade: croft-stream` on a connection of its own; the socket after the 101. Throws the Error
  // of the problem otherwise. The daemon's first bytes are still to be read from the socket: none are lost.
  runtime::Fd upgrade(std::string_view target, const Json& body);

  // Calls `on_event` for every event after number `since`, then for new ones as they come, until it returns
  // false. Throws Error kUnavailable when the daemon goes away: follow again from the last number seen.
  void follow_events(std::uint64_t since, const std::function<bool(const Json& event)>& on_event);

 private:
  class Connection;
  [[nodiscard]] std::string wait_parameter(bool watched) const;
  std::unique_ptr<Connection> connection_;
  std::string socket_path_;
  int timeout_s_;
};

}  // namespace croft::ctl
