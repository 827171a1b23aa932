#include "ctl/cli/commands/plan_own.h"

#include "ctl/cli/figures.h"
#include "ctl/spec/keys.h"

namespace croft::ctl {

std::string own_text(const Json& own) {
  std::string text;
  for (const Json& one : own) {
    const std::string name = text_at(one, "key");
    const Json value = at_path(one, {"value"});
    const Key* key = find_key(name);
    text += (text.empty() ? "" : ", ") + name + "=";
    if (!value.is_null()) text += key == nullptr ? plain(value) : key->to_text(value);
  }
  return text.empty() ? "-" : text;
}

}  // namespace croft::ctl
