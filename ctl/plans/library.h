// All plans of a host by name, and what one of them says with all that it includes. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cgroups/resources.h"
#include "ctl/spec/json.h"
#include "ctl/spec/spec.h"

namespace croft::ctl::plans {

inline constexpr std::size_t kMaxPlans = 4096;
inline constexpr std::size_t kMaxIncludeDepth = 16;
inline constexpr std::size_t kMaxSteps = 10'000;  // lines of a plan with all that it includes

// The text of NAME.plan by NAME.
using Texts = std::map<std::string, std::string, std::less<>>;

struct Plan {
  std::string name;
  std::vector<std::string> includes;  // directly and through others, in the order they were met, each once
  Json values = Json::object();       // keys of resource control, nested, canonical; only those it says
};

// Reads line by line, an include at its place, so that what comes later wins. Throws Error: kNotFound when
// there is no such plan, otherwise with every wrong line, a plan that includes itself (with the chain), and
// the rules that what came of it breaks.
Plan resolve(const Texts& texts, std::string_view name);

// What a container has that says nothing but these values.
Spec spec_of(const Json& values);
cgroups::Resources resources_of(const Json& values);

// Lines KEY=VALUE that say the same.
std::string to_text(const Json& values);

}  // namespace croft::ctl::plans
