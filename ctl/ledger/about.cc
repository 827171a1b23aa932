#include "ctl/ledger/about.h"

#include <algorithm>

#include "ctl/ledger/record.h"

namespace croft::ledger {

bool About::is_of(std::string_view whom) const {
  if (tenant == whom) return true;
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part == whom) return true;
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  return false;
}

const About& Abouts::of(const std::string& text) {
  const auto found = known_.find(text);
  if (found != known_.end()) return found->second;
  const Json json = Json::parse(text);
  About about;
  about.tenant = json.value("tenant", "");
  about.path = json.value("path", "");
  about.name = json.value("name", "");
  about.template_name = json.value("template", "");
  about.plan = json.value("plan", "");
  const Json promise = json.value("promise", Json::object());
  for (const auto& [resource, words] : promise.items())
    about.promise[resource] = words.get<std::map<std::string, std::uint64_t>>();
  return known_.emplace(text, std::move(about)).first->second;
}

}  // namespace croft::ledger
