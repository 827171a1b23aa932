// Signatures of the Standard Webhooks specification (standardwebhooks.com, version 1.0.0), and the secrets
// and certificates that webhooks have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ctl/spec/json.h"

namespace croft::ctl {

// "whsec_" and 32 random bytes in base64.
std::string new_secret();
// The bytes of such a text. Throws Error kInvalid unless they are 24 to 64, in canonical base64.
std::string secret_key(std::string_view secret);

// "v1,BASE64" of HMAC-SHA256 with the secret's bytes over "ID.TIMESTAMP.BODY"; `timestamp` is seconds since
// 1970. Throws Error as secret_key.
std::string signature_of(std::string_view secret, std::string_view id, std::int64_t timestamp,
                         std::string_view body);

// One or more X.509 certificates as PEM. Throws Error kInvalid for none, or for one that cannot be read.
void check_authorities(const std::string& pem);
// [{"subject","until"}...] of each; null for none.
Json authorities_json(const std::string& pem);

}  // namespace croft::ctl
