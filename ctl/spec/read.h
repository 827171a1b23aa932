// Reading nested JSON by the table of keys: for specifications, and for what takes only some of their keys.
#pragma once

#include <string>

#include "ctl/spec/keys.h"

namespace croft::ctl {

// Why a known key may not be here; empty when it may.
using Refusal = std::string (*)(const Key& key);

// Puts the values into `spec` and adds every error: unknown and refused keys, wrong values.
void read_keys(const Json& json, Refusal refusal, Spec& spec, FieldErrors& errors);
// The keys that are not refused, as canonical JSON.
Json write_keys(const Spec& spec, Refusal refusal);

}  // namespace croft::ctl
