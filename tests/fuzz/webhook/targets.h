// What the fuzzers of ctl/webhook try, so that the unit tests can replay the corpus without a fuzzer. A
// broken promise aborts.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ctl/spec/names.h"
#include "ctl/webhook/signature.h"
#include "ctl/webhook/webhook.h"
#include "ctl/webhook/wire.h"
#include "runtime/error.h"

namespace croft::ctl::fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

// The body of a request, as JSON.
inline void webhook_settings(std::string_view text) {
  try {
    const Json body = parse_json(text);
    if (!body.is_object()) return;
    Webhook webhook = with_settings({}, body);
    promise(stored_webhook("", stored_json(webhook)) == webhook, "what is stored comes back");
    promise(with_settings(webhook, body) == webhook, "settings are taken the same again");
    promise(settings_json(webhook).dump().find("whsec_") == std::string::npos ||
                webhook.url.find("whsec_") != std::string::npos,
            "no secret is shown");
    if (!webhook.secret.empty())
      promise(signature_of(webhook.secret, "a", 1, text).starts_with("v1,"), "a secret signs");
  } catch (const runtime::Error& error) {
    promise(error.kind() == runtime::ErrorKind::kInvalid, "a refusal is kInvalid");
    promise(is_clean_text(error.what()), "a refusal can be printed");
  }
}

// What croft-webhook says, which a receiver may have taken over.
inline void webhook_answer(std::string_view text) {
  const Sent sent = read_sent(text);
  promise(sent.status == 0 || (sent.status >= 100 && sent.status <= 999), "a status is one");
  promise(sent.status != 0 || !sent.said.empty(), "a failure has a reason");
  promise(sent.said.size() <= 2 * kMaxExcerpt, "what it says is bounded");
  promise(!sent.retry_after || (sent.retry_after->count() >= 0 && *sent.retry_after <= kLongestPause),
          "a pause is bounded");
}

}  // namespace croft::ctl::fuzz
