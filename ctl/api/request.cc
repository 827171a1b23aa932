#include "ctl/api/request.h"

#include <algorithm>
#include <set>

#include "ctl/api/idempotency.h"
#include "ctl/api/problem.h"
#include "ctl/api/target.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

const Route& find_route(const HttpRequest& http, const Target& target, Call& call) {
  RouteMatch match = match_route(http.method, target.parts);
  if (match.route == nullptr && match.allow.empty())
    throw Rejected(404, ErrorKind::kNotFound, "no such route: `" + target.path + "`");
  if (match.route == nullptr)
    throw Rejected(405, ErrorKind::kInvalid,
                   "method " + http.method + " is not served at `" + target.path + "`",
                   {{"Allow", match.allow}});
  call.verb = match.route->verb;
  call.path = std::move(match.path);
  return *match.route;
}

// Removes a parameter and gives its value: what this folder uses does not reach the backend.
std::optional<std::string> take(std::map<std::string, std::string>& query, const std::string& key) {
  const auto node = query.extract(key);
  if (node.empty()) return {};
  return std::move(node.mapped());
}

// "must be running, up or stopped, not `gone`"
std::string must_be(const std::vector<std::string_view>& choices, const std::string& value) {
  std::string text = "must be ";
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += choices[i];
  }
  return text + ", not `" + value + "`";
}

void check_query(const Route& route, const std::map<std::string, std::string>& query) {
  const std::vector<std::string_view> known = query_keys(route);
  std::vector<runtime::FieldError> wrong;
  for (const auto& [key, value] : query) {
    const std::vector<std::string_view> choices = choices_of(key);
    if (std::find(known.begin(), known.end(), key) == known.end())
      wrong.push_back({key, "is not a query parameter of this route"});
    else if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end())
      wrong.push_back({key, must_be(choices, value)});
  }
  if (!wrong.empty()) throw Error(std::move(wrong));
}

void read_listing(Request& request, std::map<std::string, std::string>& query) {
  const std::vector<std::string_view> known = split_words(request.route->fields);
  if (const auto fields = take(query, "fields")) request.listing.fields = parse_fields(*fields, known);
  if (const auto filter = take(query, "filter")) request.listing.filter = parse_filter(*filter, known);
  if (const auto limit = take(query, "limit")) request.listing.limit = parse_limit(*limit);
  if (const auto cursor = take(query, "cursor")) request.listing.after = key_of_cursor(*cursor);
  if (!request.listing.fields.empty()) request.call.fields = fields_read(request.listing);
}

void read_query(Request& request, std::map<std::string, std::string> query) {
  check_query(*request.route, query);
  read_listing(request, query);
  if (const auto dry_run = take(query, "dry_run")) request.call.dry_run = *dry_run == "1";
  // A verb that waits by itself takes its own limit.
  if (request.route->kind == RouteKind::kWait) {
    request.call.query = std::move(query);
    return;
  }
  if (const auto wait = take(query, "wait"))
    request.wait_s = static_cast<unsigned>(parse_number("wait", *wait, kMaxWaitSeconds));
  if (request.route->verb == "event.list") {
    if (const auto since = take(query, "since")) request.since = parse_number("since", *since, INT64_MAX);
    if (const auto follow = take(query, "follow")) request.follow = *follow == "1";
  }
  request.call.query = std::move(query);
}

// One strong entity tag. Lists of tags have no use here, and a weak tag never matches (RFC 9110,
// section 13.1.1).
std::string parse_tag(const char* header, const std::string& value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  if (!quoted || value.find('"', 1) != value.size() - 1)
    throw Error(ErrorKind::kInvalid, std::string(header) + " must be one strong entity tag in double quotes");
  return value.substr(1, value.size() - 2);
}

void read_preconditions(Request& request, const HttpRequest& http) {
  if (http.if_match && *http.if_match != "*") {
    if (request.route->show.empty())
      throw Error(ErrorKind::kInvalid, "If-Match has no meaning for this route");
    request.call.if_match = parse_tag("If-Match", *http.if_match);
  }
  if (!http.if_none_match) return;
  if (http.method == "GET") {
    // A client that caches sends what it has; an unreadable tag only means that it gets the whole answer.
    const std::string& value = *http.if_none_match;
    if (value.size() > 2 && value.front() == '"') request.if_none_match = parse_tag("If-None-Match", value);
  } else if (*http.if_none_match == "*" && request.call.verb.ends_with(".create")) {
    request.only_new = true;
  } else {
    throw Error(ErrorKind::kInvalid, "If-None-Match can only be `*`, and only where something is created");
  }
}

void read_key(Request& request, const HttpRequest& http) {
  if (!http.idempotency_key) return;
  const std::string& key = *http.idempotency_key;
  if (http.method != "POST" || request.route->kind == RouteKind::kStream)
    throw Error(ErrorKind::kInvalid, "Idempotency-Key has no meaning for this route");
  const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (key.empty() || key.size() > kMaxIdempotencyKey || !printable)
    throw Error(ErrorKind::kInvalid, "Idempotency-Key must be 1 to 128 printable characters without spaces");
  if (request.call.dry_run) return;
  request.idempotency_key = std::to_string(http.actor.uid) + "/" + key;
  request.digest = digest_of_request(request.call.verb, http.target, http.body);
}

void read_body(Request& request, const HttpRequest& http) {
  request.call.body = parse_body(http.body);
  const bool empty = request.call.body.is_null() || request.call.body.empty();
  if (request.route->body == BodyRule::kNone && !empty)
    throw Error(ErrorKind::kInvalid, "this route takes no body");
  if (request.route->body == BodyRule::kRequired && request.call.body.is_null())
    throw Error(ErrorKind::kInvalid, "this route needs a body: a JSON object");
  if (http.body.empty() || !http.content_type) return;
  const std::string type = http.content_type->substr(0, http.content_type->find(';'));
  if (type != "application/json" && type != "application/merge-patch+json")
    throw Rejected(415, ErrorKind::kInvalid, "the body must be application/json, not `" + type + "`");
}

void read_fault(Request& request, const HttpRequest& http, bool allow_faults) {
  if (!http.fail_at) return;
  if (!allow_faults)
    throw Error(ErrorKind::kRefused, "X-Croft-Fail-At is only for a daemon started with --allow-faults");
  request.call.fail_at = static_cast<int>(parse_number("X-Croft-Fail-At", *http.fail_at, 100000));
}

bool looks_like_uuid(const std::string& text) {
  return text.size() == 36 && text[8] == '-' && text[13] == '-';
}

std::string text_at(const Json& body, const char* key) {
  if (!body.is_object() || !body.contains(key) || !body[key].is_string()) return {};
  return body[key].get<std::string>();
}

}  // namespace

Json parse_body(const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return nullptr;
  std::vector<std::set<std::string>> keys;  // of each object that is open
  const auto check = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMaxJsonDepth) throw Error(ErrorKind::kInvalid, "the body is nested too deep");
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      const std::string key = parsed.get<std::string>();
      if (!keys.back().insert(key).second) throw Error({{key, "this key is given twice"}});
    }
    return true;
  };
  try {
    Json body = Json::parse(text, check);
    if (!body.is_object()) throw Error(ErrorKind::kInvalid, "the body must be a JSON object");
    return body;
  } catch (const Json::parse_error& error) {
    throw Error(ErrorKind::kInvalid, "the body is not JSON, at byte " + std::to_string(error.byte));
  } catch (const Json::exception& error) {  // a number out of range
    throw Error(ErrorKind::kInvalid, std::string("the body is not usable: ") + error.what());
  }
}

Request read_request(const HttpRequest& http, bool allow_faults) {
  Target target = parse_target(http.target);
  Request request;
  request.route = &find_route(http, target, request.call);
  if (http.upgrade != (request.route->kind == RouteKind::kStream)) {
    if (http.upgrade) throw Error(ErrorKind::kInvalid, "this route does not switch to croft-stream");
    throw Rejected(426, ErrorKind::kInvalid,
                   "this route needs `Connection: Upgrade` and `Upgrade: croft-stream`",
                   {{"Upgrade", "croft-stream"}, {"Connection", "Upgrade"}});
  }
  request.call.actor = http.actor;
  if (http.method == "GET") request.call.accept = http.accept.value_or("");
  read_query(request, std::move(target.query));
  read_preconditions(request, http);
  read_body(request, http);
  read_key(request, http);
  read_fault(request, http, allow_faults);
  return request;
}

std::string object_of(const Call& call) {
  std::string name = call.path.empty() ? text_at(call.body, "name") : call.path.begin()->second;
  if (!call.verb.starts_with("container.") || looks_like_uuid(name)) return name;
  std::string tenant = call.path.empty() ? text_at(call.body, "tenant") : std::string();
  if (const auto found = call.query.find("tenant"); found != call.query.end()) tenant = found->second;
  return (tenant.empty() ? "default" : tenant) + "/" + name;
}

Reply text_reply(int status, std::string json_text) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(json_text);
  return reply;
}

Reply json_reply(int status, const Json& body) {
  return text_reply(status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Reply problem_reply(const runtime::Error& error) {
  const auto* rejected = dynamic_cast<const Rejected*>(&error);
  const int status = rejected != nullptr ? rejected->status() : status_of(error.kind());
  Reply reply = json_reply(status, problem_of(error, status));
  reply.content_type = "application/problem+json";
  if (rejected != nullptr) reply.headers = rejected->headers();
  return reply;
}

}  // namespace croft::ctl
