// What the fuzzer of ctl/api tries, as a function, so that the unit tests can replay the corpus without a
// fuzzer. A broken promise aborts.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ctl/api/listing.h"
#include "ctl/api/problem.h"
#include "ctl/api/request.h"
#include "ctl/api/target.h"

namespace croft::ctl::fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

inline void check_request(const Request& request) {
  promise(request.route != nullptr, "a request has a route");
  for (const auto& [name, value] : request.call.path) promise(is_utf8(value), "path values are UTF-8");
  for (const auto& [key, value] : request.call.query) promise(is_utf8(value), "query values are UTF-8");
  promise(request.wait_s <= kMaxWaitSeconds, "waiting is bounded");
  promise(request.listing.limit >= 1 && request.listing.limit <= kMaxPage, "pages are bounded");
  promise(request.call.body.is_null() || request.call.body.is_object(), "a body is an object");
  promise(!object_of(request.call).empty() || request.call.path.empty(), "what it is about has a name");
  const std::string& after = request.listing.after;
  promise(key_of_cursor(cursor_of(after)) == after, "a cursor comes back");
  const Json items =
      Json::array({{{"uuid", "b"}, {"name", "web1"}, {"labels", {{"a", "b"}}}}, {{"id", "a"}}});
  promise(make_page(items, request.listing)["items"].size() <= 2, "a page has no more than there is");
}

// METHOD SPACE TARGET LINEBREAK BODY
inline void request(std::string_view text) {
  HttpRequest http;
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::size_t space = std::min(line.find(' '), line.size());
  http.method = line.substr(0, space);
  http.target = line.substr(std::min(space + 1, line.size()));
  http.body = text.substr(std::min(line.size() + 1, text.size()));
  http.upgrade = http.method == "POST" && http.target.find("exec") != std::string::npos;
  if (text.size() % 3 == 0) http.if_match = http.body;
  if (text.size() % 5 == 0) http.idempotency_key = http.body;
  if (text.size() % 7 == 0) http.fail_at = http.body;
  try {
    check_request(read_request(http, true));
  } catch (const runtime::Error& error) {
    const Reply reply = problem_reply(error);
    promise(reply.status >= 400 && reply.status < 500, "a refusal is the client's fault");
    promise(Json::parse(reply.body)["status"] == reply.status, "a problem says its status");
  }
}

}  // namespace croft::ctl::fuzz
