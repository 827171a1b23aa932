// From one HTTP request, free of any HTTP library, to what is asked of the backend: route, query, headers and
// body checked against the conventions of the API. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ctl/api/backend.h"
#include "ctl/api/listing.h"
#include "ctl/api/routes.h"
#include "runtime/error.h"

namespace croft::ctl {

inline constexpr int kMaxJsonDepth = 32;
inline constexpr unsigned kMaxWaitSeconds = 55;  // proxies and PHP give up at 60

struct HttpRequest {
  std::string method;
  std::string target;
  std::string body;
  Actor actor;
  bool upgrade = false;  // asks for Upgrade: croft-stream
  std::optional<std::string> content_type;
  std::optional<std::string> accept;
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> fail_at;
};

struct Reply {
  int status = 200;
  std::string body;
  const char* content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

struct Request {
  const Route* route = nullptr;
  Call call;
  Listing listing;
  unsigned wait_s = 0;
  std::string idempotency_key;  // with the caller's uid in front; empty for none
  std::string digest;           // of the request, where there is a key
  std::string if_none_match;    // entity tag without quotes, for GET
  bool only_new = false;        // If-None-Match: *
  std::uint64_t since = 0;      // events
  bool follow = false;          // events
};

// Throws Error or Rejected for everything that is wrong with the request itself.
Request read_request(const HttpRequest& http, bool allow_faults);

// The body as an object; null when it is empty. Throws Error kInvalid: no JSON, no object, nested too deep,
// or a key given twice (the last one would win silently).
Json parse_body(const std::string& text);

// "default/web1", "6f...-uuid", "debian-12": what the request is about, for people.
std::string object_of(const Call& call);

Reply json_reply(int status, const Json& body);
Reply text_reply(int status, std::string json_text);
Reply problem_reply(const runtime::Error& error);

}  // namespace croft::ctl
