#include "ctl/client/client.h"

#include <utility>

#include "ctl/client/connection.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr int kWatchedWaitSeconds = 1;  // how often progress is asked for
constexpr int kQuietWaitSeconds = 55;   // the most that the API takes
constexpr std::string_view kOperations = "/v1/operations/";

void append_header(std::string& text, const std::string& name, const std::string& value) {
  if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
    throw Error(ErrorKind::kInvalid, "the value of header " + name + " has a line break");
  text += name + ": " + value + "\r\n";
}

std::string request_text(std::string_view method, std::string_view target, const std::optional<Json>& body,
                         const Headers& headers) {
  if (target.find_first_of(std::string_view(" \r\n\0", 4)) != std::string_view::npos)
    throw Error(ErrorKind::kInvalid, "a request target must be percent-encoded");
  std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: croft\r\n";
  for (const auto& [name, value] : headers) append_header(text, name, value);
  if (!body) return text + (method == "GET" ? "\r\n" : "Content-Length: 0\r\n\r\n");
  const std::string json = body->dump(-1, ' ', false, Json::error_handler_t::replace);
  text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) + "\r\n\r\n";
  return text + json;
}

Json body_of(const Response& response) {
  Json body = response.json();
  if (response.status >= 400 || response.status < 200) throw error_of_problem(body);
  return body;
}

bool is_operation(const Response& response) {
  const auto location = response.headers.find("location");
  return location != response.headers.end() && location->second.starts_with(kOperations);
}

// The result of an operation that has ended.
Json result_of(const Json& operation) {
  const std::string status = operation.value("status", "");
  if (status == "done") return operation.value("result", Json());
  const Error error = error_of_problem(operation.value("error", Json()));
  if (status == "cancelled") throw Error(ErrorKind::kConflict, std::string("cancelled: ") + error.what());
  throw error;
}

void show_progress(const Json& operation, const OnProgress& on_progress) {
  if (!on_progress) return;
  const Json progress = operation.value("progress", Json::object());
  const Json percent = progress.value("percent", Json());
  on_progress(progress.value("what", ""), percent.is_number() ? percent.get<int>() : -1);
}

// Takes the complete lines off the front of `text` and gives each but the empty ones to `take`, until it says
// false.
bool take_lines(std::string& text, const std::function<bool(const Json&)>& take) {
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    if (end == begin) continue;  // a heartbeat
    const Json line = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                  text.begin() + static_cast<std::ptrdiff_t>(end));
    if (line.contains("error") && !line.contains("number")) throw error_of_problem(line["error"]);
    if (!take(line)) return false;
  }
  text.erase(0, begin);
  return true;
}

}  // namespace

Json Response::json() const {
  if (text.empty()) return nullptr;
  Json body = Json::parse(text, nullptr, false);
  if (body.is_discarded()) throw Error(ErrorKind::kSystem, "croftd's answer is not JSON");
  return body;
}

runtime::Error error_of_problem(const Json& problem) {
  if (!problem.is_object() || !problem.contains("detail"))
    return {ErrorKind::kSystem, "croftd answered with an error that it did not explain"};
  std::vector<runtime::FieldError> fields;
  for (const Json& field : problem.value("fields", Json::array()))
    if (field.is_object()) fields.push_back({field.value("path", ""), field.value("message", "")});
  return {runtime::kind_of_code(problem.value("code", "system")), problem.value("detail", ""),
          std::move(fields)};
}

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  static constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kUnreserved.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string with_query(std::string_view path, const std::map<std::string, std::string>& query) {
  std::string out(path);
  char separator = out.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [key, value] : query) {
    out += separator + percent_encoded(key) + "=" + percent_encoded(value);
    separator = '&';
  }
  return out;
}

Client::Client(std::string socket_path, int timeout_s)
    : socket_path_(std::move(socket_path)), timeout_s_(timeout_s) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Response Client::request(std::string_view method, std::string_view target, const std::optional<Json>& body,
                         const Headers& headers) {
  const std::string text = request_text(method, target, body, headers);
  for (;;) {
    if (connection_ && !connection_->alive()) connection_.reset();
    const bool reused = connection_ != nullptr;
    if (!connection_) connection_ = std::make_unique<Connection>(socket_path_, timeout_s_);
    try {
      connection_->send(text);
      Response response = connection_->receive();
      if (!connection_->reusable()) connection_.reset();
      return response;
    } catch (const Error& error) {
      // The daemon may have closed an idle connection just now. What changes nothing can be asked again.
      const bool again =
          reused && method == "GET" && !connection_->answered() && error.kind() == ErrorKind::kUnavailable;
      connection_.reset();
      if (!again) throw;
    } catch (...) {
      connection_.reset();
      throw;
    }
  }
}

// The daemon must answer before this client takes its silence for a failure.
std::string Client::wait_parameter(bool watched) const {
  const bool short_wait = watched || (timeout_s_ > 0 && timeout_s_ <= kQuietWaitSeconds);
  return "wait=" + std::to_string(short_wait ? kWatchedWaitSeconds : kQuietWaitSeconds);
}

Json Client::call(std::string_view method, std::string_view target, const std::optional<Json>& body,
                  const Headers& headers) {
  return body_of(request(method, target, body, headers));
}

Json Client::perform(std::string_view method, std::string_view target, const std::optional<Json>& body,
                     const OnProgress& on_progress, const Headers& headers) {
  const char* separator = target.find('?') == std::string_view::npos ? "?" : "&";
  const std::string waiting =
      std::string(target) + separator + wait_parameter(static_cast<bool>(on_progress));
  const Response response = request(method, waiting, body, headers);
  Json answer = body_of(response);
  if (!is_operation(response)) return answer;
  if (response.status != 202) return result_of(answer);
  show_progress(answer, on_progress);
  return wait_operation(answer.at("id").get<std::string>(), on_progress);
}

Json Client::wait_operation(const std::string& id, const OnProgress& on_progress) {
  const std::string target =
      std::string(kOperations) + percent_encoded(id) + "?" + wait_parameter(static_cast<bool>(on_progress));
  for (;;) {
    const Json operation = call("GET", target);
    if (operation.value("status", "") != "running") return result_of(operation);
    show_progress(operation, on_progress);
  }
}

void Client::cancel_operation(const std::string& id) {
  call("DELETE", std::string(kOperations) + percent_encoded(id));
}

runtime::Fd Client::upgrade(std::string_view target, const Json& body) {
  Connection connection(socket_path_, timeout_s_);
  connection.send(
      request_text("POST", target, body, {{"Connection", "Upgrade"}, {"Upgrade", "croft-stream"}}));
  if (connection.receive_head().starts_with("HTTP/1.1 101 ")) return connection.release();
  throw error_of_problem(connection.receive().json());
}

void Client::follow_events(std::uint64_t since, const std::function<bool(const Json& event)>& on_event) {
  Connection connection(socket_path_, timeout_s_);
  const std::string target = "/v1/events?follow=1&since=" + std::to_string(since);
  connection.send(request_text("GET", target, {}, {}));
  Response begin = connection.receive_begin();
  std::string text;
  for (;;) {
    const std::string more = connection.receive_more();
    text += more;
    if (begin.status >= 400 && more.empty()) throw error_of_problem(Response{begin.status, {}, text}.json());
    if (begin.status < 400 && !take_lines(text, on_event)) return;
    if (more.empty()) throw Error(ErrorKind::kUnavailable, "croftd has ended the list of events");
  }
}

}  // namespace croft::ctl
