// The table of keys: everything that is known about one setting is one row. Parsing, writing, `croft set`,
// help and the man page are made from it. A new setting is one field in spec.h and one row in keys.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/spec/json.h"
#include "ctl/spec/spec.h"
#include "runtime/error.h"

namespace croft::ctl {

// When a changed value takes effect.
enum class When {
  kLive,     // at once, also in a running container
  kRestart,  // at the next start
  kCreate,   // never: fixed when the container is made
};
std::string_view to_text(When when);  // "live", "restart", "create"

using FieldErrors = std::vector<runtime::FieldError>;

struct Key {
  std::string_view name;      // "memory.limit"; maps end in a placeholder: "env.NAME"
  std::string_view type;      // "size", "list of addresses", ...
  std::string_view fallback;  // the default as a person would type it; empty: unset
  When when = When::kLive;
  std::string_view doc;  // one line

  enum class Kind { kOne, kList, kMap };
  std::string_view stem;  // the name without the placeholder: "env"
  Kind kind = Kind::kOne;

  // Throws Error kInvalid for a name that no entry can have; for maps only.
  void (*check_entry)(std::string_view name) = nullptr;
  // Puts a JSON value into the Spec, or adds what is wrong with it.
  void (*read)(const Key& key, const Json& value, Spec& spec, FieldErrors& errors) = nullptr;
  // The value as canonical JSON; null when unset.
  Json (*write)(const Spec& spec) = nullptr;
  // What a person typed, checked and as canonical JSON (of one entry for maps). Throws Error kInvalid.
  Json (*from_text)(std::string_view text) = nullptr;
  // Canonical JSON as a person would type it (of one entry for maps).
  std::string (*to_text)(const Json& value) = nullptr;

  bool resource = false;  // of resource control: plans consist of such keys
};

std::span<const Key> keys();
// The row that a dotted key belongs to ("env.LANG" and "env" -> env.NAME); nullptr when there is none.
const Key* find_key(std::string_view dotted);
// "unknown key; did you mean `memory.limit`?"
std::string unknown_key(std::string_view dotted);

}  // namespace croft::ctl
