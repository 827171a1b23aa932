// A webhook of the host: where events are posted to, which ones, and with what secret; and how far it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/api/backend.h"
#include "ctl/spec/json.h"

namespace croft::ctl {

inline constexpr std::size_t kMaxWebhooks = 32;  // of the host
inline constexpr std::size_t kMaxUrl = 2048;     // bytes
inline constexpr std::size_t kMaxKinds = 64;     // patterns of one webhook
inline constexpr std::size_t kMaxCa = 65536;     // bytes of PEM

struct Webhook {
  std::string name;
  std::string url;
  std::vector<std::string> events{"*"};  // globs of kinds
  std::string tenant;                    // only what happens to its containers; empty: everything
  std::string ca;                        // PEM of the authorities that are trusted; empty: the system's
  std::string secret;                    // "whsec_..."
  std::string old_secret;                // signs as well until `old_until`; empty: none
  std::int64_t old_until = 0;            // seconds since 1970
  std::string created;                   // RFC 3339
  bool operator==(const Webhook&) const = default;
};

// What delivery remembers; times are seconds since 1970, 0 for none.
struct WebhookState {
  std::uint64_t position = 0;      // the last event that it need not see any more
  unsigned failures = 0;           // in a row
  std::int64_t failing_since = 0;  // the first of them
  std::int64_t next_at = 0;        // not before
  std::string paused;              // why nothing is sent until an operator says so; empty: it is not
  Json last;                       // null, or {"time","number","status" or "error","ms"} of the last attempt
};

// Throws Error kInvalid: letters, digits, `_`, `.` and `-`, a letter or digit first, at most 63.
void check_webhook_name(std::string_view name);
// A URL of http or https, or unix:/PATH of a stream socket that speaks HTTP. Throws Error kInvalid; so for
// credentials in it, which would be shown to everybody who lists webhooks.
void check_webhook_url(std::string_view url);

// `body` of a request over what there is: url, events, tenant, ca, secret; null for tenant and ca takes them
// away. Throws Error with all fields that are wrong. The name and the secret's history are not its business.
Webhook with_settings(Webhook webhook, const Json& body);

// Whether an event is for it. Those about webhooks are for none, so that a failure never makes more to send.
bool wants(const Webhook& webhook, const Event& event);

// For the registry alone: with secrets.
Json stored_json(const Webhook& webhook);
Webhook stored_webhook(const std::string& name, const Json& json);
Json to_json(const WebhookState& state);
WebhookState stored_state(const Json& json);

// What may be told of it: everything but secrets.
Json settings_json(const Webhook& webhook);

}  // namespace croft::ctl
