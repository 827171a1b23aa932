// Every route that the daemon serves, as one table: the API's surface on one screen. ctl/api/openapi.json
// says the same to other programs, and a test compares the two both ways.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace croft::ctl {

enum class RouteKind {
  kQuick,      // answered by one call of the backend, in well under a second
  kWait,       // a call that waits for something; cancelled when the client goes away
  kOperation,  // may take longer: 202 and an operation, or ?wait=
  kStream,     // switched to the stream protocol, then served on a thread of its own
  kBuiltin,    // answered by this folder: operations and events
};

enum class BodyRule { kNone, kOptional, kRequired };

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/containers/{ref}"
  std::string_view verb;     // of Call
  RouteKind kind;
  BodyRule body;
  std::string_view query;   // the verb's own query parameters, separated by spaces
  std::string_view fields;  // top-level fields of what is shown or listed, for `fields` and `filter`
  std::string_view show;    // the verb that answers this object's entity tag; empty: no If-Match here
};

std::span<const Route> routes();

// GET changes nothing; streams say themselves what they did.
bool is_changing(const Route& route);
// The answer is an array that filter, fields, limit and cursor apply to.
bool is_list(const Route& route);
// All query parameters that the route takes: its own and those that its kind brings.
std::vector<std::string_view> query_keys(const Route& route);
// The only values that a query parameter may have, whichever route takes it; empty: any text.
std::vector<std::string_view> choices_of(std::string_view key);
std::vector<std::string_view> split_words(std::string_view words);

struct RouteMatch {
  const Route* route = nullptr;             // null: see `allow`
  std::map<std::string, std::string> path;  // values of the {name} parts
  std::string allow;                        // methods of that path, when only the method is wrong
};
RouteMatch match_route(std::string_view method, const std::vector<std::string>& parts);

}  // namespace croft::ctl
