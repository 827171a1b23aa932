// What must hold between keys of one specification.
#pragma once

#include <string>
#include <string_view>

#include "ctl/spec/keys.h"
#include "ctl/spec/spec.h"

namespace croft::ctl {

// Adds one error per broken rule.
void check_rules(const Spec& spec, FieldErrors& errors);
// Those of resource control alone, which hold for tenants and plans too.
void check_resources(const cgroups::Resources& resources, FieldErrors& errors);

// Collects the errors of rules. A field that is wrong in itself has its error already.
class Rules {
 public:
  explicit Rules(FieldErrors& errors) : errors_(errors), known_(errors) {}

  void need(bool holds, std::string_view path, std::string_view message) {
    if (!holds) fail(path, message);
  }
  // `other` is the field that `path` does not agree with.
  void fail(std::string_view path, std::string_view message, std::string_view other = {});
  // Rules of net are from now on those of a further interface; of the first one with an empty name.
  void speak_of(std::string nic) { nic_ = std::move(nic); }

 private:
  [[nodiscard]] bool is_known(std::string_view path) const;

  FieldErrors& errors_;
  FieldErrors known_;
  std::string nic_;
};

// Those of the network.
void check_network(const Spec& spec, Rules& rules);

// Labels of something that has no specification (a tenant), checked as label.KEY is: an object of texts.
// Throws Error with all that is wrong.
void check_labels(const Json& labels);

}  // namespace croft::ctl
