// What the commands on webhooks share.
#pragma once

#include <string>

#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"

namespace croft::ctl {

inline constexpr NamedKind kWebhookKind{"webhook", "/v1/webhooks", "name"};

inline constexpr Option kWebhookEvent{"-e,--event", "GLOB", "Kinds of events that are posted; otherwise all",
                                      true};
inline constexpr Option kWebhookCa{
    "--ca-file", "FILE", "Certificates (PEM) of the authorities that are trusted, in place of the system's"};
inline constexpr Option kWebhookSecret{"--secret-file", "FILE", "Its secret, whsec_..., from a file"};

// What the options above say, as the API wants it; an empty --ca-file or --tenant takes away what there was.
Json webhook_body(const Invocation& call);
// "added", and the secret where the answer has one: it is not told again.
Outcome webhook_outcome(const Invocation& call, const std::string& done, Json answer);

}  // namespace croft::ctl
