#include "ctl/webhook/wire.h"

#include <algorithm>
#include <optional>

#include "ctl/json/instantiated.h"

namespace croft::ctl {
namespace {

// Of one line, without control characters.
std::string plain(const std::string& text) {
  std::string line = text.substr(0, 2 * kMaxExcerpt);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == '\x7f'; }, ' ');
  return line;
}

}  // namespace

std::string to_wire(const PostRequest& request) {
  return Json{{"url", request.url}, {"ca", request.ca}, {"headers", request.headers}, {"body", request.body}}
      .dump();
}

PostRequest read_post(std::string_view text) {
  const Json json = Json::parse(text);
  return {.url = json.at("url"),
          .ca = json.at("ca"),
          .headers = json.at("headers").get<std::vector<std::string>>(),
          .body = json.at("body")};
}

std::string to_wire(const Sent& sent) {
  Json json{{"status", sent.status}, {"said", sent.said}, {"ms", sent.took.count()}};
  if (sent.retry_after) json["retry_after"] = sent.retry_after->count();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Sent read_sent(std::string_view text) {
  Sent sent;
  try {
    const Json json = Json::parse(text);
    const int status = json.at("status").get<int>();
    sent.status = status >= 100 && status <= 999 ? status : 0;
    sent.said = plain(json.at("said").get<std::string>());
    sent.took = std::chrono::milliseconds(std::clamp<std::int64_t>(json.at("ms"), 0, 60'000));
    if (const auto asked = json.find("retry_after"); asked != json.end())
      sent.retry_after = std::chrono::seconds(std::clamp<std::int64_t>(*asked, 0, kLongestPause.count()));
    if (sent.status == 0 && sent.said.empty()) sent.said = "croft-webhook gave no reason";
  } catch (const std::exception&) {
    sent = {};
    sent.said = "croft-webhook answered what cannot be understood";
  }
  return sent;
}

}  // namespace croft::ctl
