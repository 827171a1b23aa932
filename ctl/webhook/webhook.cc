#include "ctl/webhook/webhook.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "ctl/spec/bounds.h"
#include "ctl/spec/names.h"
#include "ctl/webhook/signature.h"
#include "ctl/webhook/wire.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::FieldError;

constexpr std::size_t kLongestSocket = 107;  // sun_path without its NUL

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::kInvalid, what);
}

// What stands between "://" and the path.
void check_authority(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos)
    refuse("must not have a user or password: receivers know this host by its signature");
  const bool literal = authority.starts_with('[');
  const std::size_t end = literal ? authority.find(']') : authority.find(':');
  const std::string_view host = authority.substr(0, end);
  if (host.empty() || host == "[" || (literal && end == std::string_view::npos)) refuse("names no host");
  std::string_view port = end == std::string_view::npos ? "" : authority.substr(literal ? end + 1 : end);
  if (port.empty()) return;
  port.remove_prefix(1);
  const bool digits = std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || port.empty() || port.size() > 5 || std::stoul(std::string(port)) - 1 >= 65535)
    refuse("has a port that is no number from 1 to 65535");
}

void check_kind(const Json& kind) {
  if (!kind.is_string()) refuse("must be texts");
  const std::string text = kind;
  const bool clean =
      !text.empty() && text.size() <= kMaxName && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || std::string_view(".-*?[]!").find(c) != std::string_view::npos;
      });
  if (!clean) refuse("`" + shown(text) + "` is no pattern of kinds, as `container.*` is");
}

void take_events(const Json& value, Webhook& webhook) {
  if (!value.is_array() || value.empty() || value.size() > kMaxKinds)
    refuse("must be a list of 1 to " + std::to_string(kMaxKinds) + " patterns of kinds");
  for (const Json& kind : value) check_kind(kind);
  webhook.events = value.get<std::vector<std::string>>();
}

const std::string& text_of(const Json& value) {
  if (!value.is_string()) refuse("must be a text");
  return value.get_ref<const std::string&>();
}

void take_url(const Json& value, Webhook& webhook) {
  check_webhook_url(text_of(value));
  webhook.url = value;
}

void take_tenant(const Json& value, Webhook& webhook) {
  webhook.tenant.clear();
  if (value.is_null()) return;
  check_tenant_name(text_of(value));
  webhook.tenant = value;
}

void take_ca(const Json& value, Webhook& webhook) {
  webhook.ca.clear();
  if (value.is_null()) return;
  if (text_of(value).size() > kMaxCa) refuse("is longer than " + std::to_string(kMaxCa) + " bytes");
  check_authorities(text_of(value));
  webhook.ca = value;
}

void take_secret(const Json& value, Webhook& webhook) {
  secret_key(text_of(value));
  webhook.secret = value;
}

struct Setting {
  const char* name;
  void (*take)(const Json& value, Webhook& webhook);
};

constexpr std::array kSettings{Setting{"url", take_url}, Setting{"events", take_events},
                               Setting{"tenant", take_tenant}, Setting{"ca", take_ca},
                               Setting{"secret", take_secret}};

}  // namespace

void check_webhook_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= kMaxName && is_alnum(name.front()) &&
                    std::all_of(name.begin(), name.end(),
                                [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
  if (!good)
    refuse("`" + shown(name) +
           "` is no name of a webhook: 1 to 63 letters, digits, `_`, `.` and `-`, a letter or digit first");
}

void check_webhook_url(std::string_view url) {
  if (url.size() > kMaxUrl) refuse("is longer than " + std::to_string(kMaxUrl) + " bytes");
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!plain) refuse("has blanks, control characters or letters beyond ASCII: write them as %XX");
  if (url.starts_with(kUnixUrl)) {
    url.remove_prefix(kUnixUrl.size());
    if (!url.starts_with('/') || url.size() > kLongestSocket)
      refuse("must have the absolute path of a socket behind `unix:`, of at most 107 bytes");
    return;
  }
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    refuse("must begin with `https://`, `http://` or `unix:/`");
  if (url.find('#') != std::string_view::npos)
    refuse("must not have a fragment (`#`): nobody would be sent it");
  if (url.find('\\') != std::string_view::npos) refuse("must not have a backslash");
  url.remove_prefix(url.find("://") + 3);
  check_authority(url.substr(0, url.find_first_of("/?")));
}

Webhook with_settings(Webhook webhook, const Json& body) {
  std::vector<FieldError> wrong;
  for (const Setting& setting : kSettings) {
    const auto found = body.find(setting.name);
    if (found == body.end()) continue;
    try {
      setting.take(*found, webhook);
    } catch (const Error& error) {
      wrong.push_back({setting.name, error.what()});
    }
  }
  if (webhook.url.empty() && wrong.empty()) wrong.push_back({"url", "is missing"});
  if (!wrong.empty()) throw Error(std::move(wrong));
  return webhook;
}

bool wants(const Webhook& webhook, const Event& event) {
  if (event.kind.starts_with("webhook.")) return false;
  if (!webhook.tenant.empty() && (event.uuid.empty() || !event.object.starts_with(webhook.tenant + "/")))
    return false;
  return std::any_of(webhook.events.begin(), webhook.events.end(), [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), event.kind.c_str(), 0) == 0;
  });
}

Json stored_json(const Webhook& webhook) {
  return {{"url", webhook.url},
          {"events", webhook.events},
          {"tenant", webhook.tenant},
          {"ca", webhook.ca},
          {"secret", webhook.secret},
          {"old_secret", webhook.old_secret},
          {"old_until", webhook.old_until},
          {"created", webhook.created}};
}

Webhook stored_webhook(const std::string& name, const Json& json) {
  Webhook webhook;
  webhook.name = name;
  webhook.url = json.at("url");
  webhook.events = json.at("events").get<std::vector<std::string>>();
  webhook.tenant = json.at("tenant");
  webhook.ca = json.at("ca");
  webhook.secret = json.at("secret");
  webhook.old_secret = json.at("old_secret");
  webhook.old_until = json.at("old_until");
  webhook.created = json.at("created");
  return webhook;
}

Json to_json(const WebhookState& state) {
  return {{"position", state.position}, {"failures", state.failures}, {"failing_since", state.failing_since},
          {"next_at", state.next_at},   {"paused", state.paused},     {"last", state.last}};
}

WebhookState stored_state(const Json& json) {
  return {.position = json.at("position"),
          .failures = json.at("failures"),
          .failing_since = json.at("failing_since"),
          .next_at = json.at("next_at"),
          .paused = json.at("paused"),
          .last = json.at("last")};
}

Json settings_json(const Webhook& webhook) {
  return {{"url", webhook.url},
          {"events", webhook.events},
          {"tenant", webhook.tenant.empty() ? Json() : Json(webhook.tenant)},
          {"ca", authorities_json(webhook.ca)}};
}

}  // namespace croft::ctl
