// Which containers a command is for: those that its operands name, of these the ones that -l and --state
// leave, and without operands all of the tenant that these choose.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ctl/cli/invocation.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {

// What a Selection looks at.
inline const std::string kTargetFields = "name,tenant,uuid";

// What -l and --state ask for.
class Traits {
 public:
  // Throws Error kInvalid: a label without a name, a state that there is not.
  explicit Traits(const Arguments& arguments);

  [[nodiscard]] bool any() const { return !labels_.empty() || !states_.empty(); }
  // `container` as the API lists it, with at least fields().
  [[nodiscard]] bool take(const Json& container) const;
  // Those, as they follow in a list: ",labels,state".
  [[nodiscard]] std::string fields() const;

 private:
  std::map<std::string, std::optional<std::string>> labels_;  // without a value any will do
  std::set<std::string> states_;
};

// In the order typed, globs in the order of names, each once. Throws Error kNotFound when a glob matches
// nothing, or nothing is left.
std::vector<Target> chosen_targets(Client& client, const Invocation& call);

}  // namespace croft::ctl
