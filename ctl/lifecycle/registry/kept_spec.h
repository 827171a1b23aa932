// A container's spec as the registry keeps it: the canonical JSON, and what it says. Most containers of a
// host are made after few patterns, so copies share one object, and rows with the same text do too.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "ctl/spec/json.h"
#include "ctl/spec/spec.h"

namespace croft::ctl {

class KeptSpec {
 public:
  KeptSpec();           // null
  KeptSpec(Json json);  // NOLINT(google-explicit-constructor): the same thing in another form
  [[nodiscard]] const Json& json() const;
  // Worked out when it is first asked for. Any thread may ask. Throws Error as parse_spec.
  [[nodiscard]] const Spec& parsed() const;

 private:
  struct Both;
  std::shared_ptr<Both> both_;
};

// The specs that were read last, by their text. What a text says never changes, so nothing here goes stale.
class SpecMemo {
 public:
  // `read` makes the spec of a text that is not known yet.
  template <class Read>
  KeptSpec of(const std::string& text, Read read) {
    if (const KeptSpec* known = find(text)) return *known;
    return keep(text, read());
  }

 private:
  static constexpr std::size_t kMost = 64;  // in each of the two
  const KeptSpec* find(const std::string& text);
  KeptSpec keep(const std::string& text, KeptSpec spec);

  // When `recent_` is full it becomes `older_`, so that what is asked for again and again stays.
  std::unordered_map<std::string, KeptSpec> recent_;
  std::unordered_map<std::string, KeptSpec> older_;
};

}  // namespace croft::ctl
