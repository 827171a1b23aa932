#include "ctl/webhook/message.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "ctl/webhook/retry.h"
#include "ctl/webhook/signature.h"

namespace croft::ctl {
namespace {

constexpr std::array<std::string_view, 3> kPrivate{"env", "credential", "cloud_init"};

bool is_private(std::string_view key) {
  for (const std::string_view name : kPrivate)
    if (key == name || (key.starts_with(name) && key[name.size()] == '.')) return true;
  return false;
}

// A state or a specification, or the keys that differ, as events have them before and after.
Json without_secrets(Json side) {
  if (!side.is_object()) return side;
  for (auto& [key, value] : side.items()) {
    if (is_private(key))
      value = nullptr;
    else if (key == "spec")
      value = without_secrets(std::move(value));
  }
  return side;
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string message_id(const Origin& origin, const Event& event) {
  std::string id = origin.id + "-" + std::to_string(event.number) + "-";
  std::copy_if(event.time.begin(), event.time.end(), std::back_inserter(id),
               [](char c) { return c >= '0' && c <= '9'; });
  return id;
}

std::string message_body(const Origin& origin, const Event& event) {
  Json data = to_json(event);
  data["before"] = without_secrets(std::move(data["before"]));
  data["after"] = without_secrets(std::move(data["after"]));
  data["host"] = origin.host;
  return text_of({{"type", event.kind}, {"timestamp", event.time}, {"data", std::move(data)}});
}

std::string test_body(const Origin& origin, const std::string& name, const std::string& time) {
  return text_of(
      {{"type", "webhook.test"}, {"timestamp", time}, {"data", {{"host", origin.host}, {"webhook", name}}}});
}

PostRequest post_of(const Webhook& webhook, const std::string& id, std::string body, std::int64_t now) {
  PostRequest post;
  post.url = webhook.url;
  post.ca = webhook.ca;
  std::string signatures = signature_of(webhook.secret, id, now, body);
  if (!webhook.old_secret.empty() && now < webhook.old_until)
    signatures += " " + signature_of(webhook.old_secret, id, now, body);
  post.headers = {"Content-Type: application/json", "webhook-id: " + id,
                  "webhook-timestamp: " + std::to_string(now), "webhook-signature: " + signatures};
  post.body = std::move(body);
  return post;
}

}  // namespace croft::ctl
