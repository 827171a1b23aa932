#include "ctl/cli/select.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "ctl/cli/figures.h"
#include "ctl/cli/suggest.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// As croft-states(7) has them.
constexpr std::array<std::string_view, 8> kStates{"configured", "ready",   "running", "frozen",
                                                  "stopping",   "stopped", "failed",  "destroying"};

void check_state(const std::string& state) {
  if (std::find(kStates.begin(), kStates.end(), state) != kStates.end()) return;
  const std::string hint = did_you_mean(state, {kStates.begin(), kStates.end()});
  Error error(ErrorKind::kInvalid, "--state: there is no state `" + state + "`" + hint);
  throw hint.empty() ? error.cure("croft-states(7) has them") : error;
}

// One request, whatever the number of names.
std::vector<Target> chosen_by(Client& client, const Invocation& call, const Traits& traits) {
  const std::vector<std::string>& operands = call.arguments.operands;
  const Selection named(operands, call.tenant());
  std::vector<Target> targets;
  for (const Json& item : fetch_containers(client, named.query(), kTargetFields + traits.fields())) {
    const std::string name = text_at(item, "name");
    const std::string tenant = text_at(item, "tenant");
    if (!named.takes(tenant, name, text_at(item, "uuid")) || !traits.take(item)) continue;
    const bool own = tenant == call.tenant();
    targets.push_back({tenant, name, own ? name : tenant + "/" + name});
  }
  if (targets.empty()) {
    throw Error(ErrorKind::kNotFound, "no container is chosen by these labels and states")
        .cure("`croft list -A -o tenant,name,state,labels` shows what they have");
  }
  std::sort(targets.begin(), targets.end(),
            [](const Target& a, const Target& b) { return a.shown < b.shown; });
  return targets;
}

}  // namespace

Traits::Traits(const Arguments& arguments) {
  for (const std::string& text : arguments.values("label")) {
    const std::size_t equals = text.find('=');
    const std::string key = text.substr(0, equals);
    if (key.empty()) {
      throw Error(ErrorKind::kInvalid, "--label: `" + text + "` names no label")
          .cure("write -l KEY or -l KEY=VALUE");
    }
    labels_[key] = equals == std::string::npos ? std::optional<std::string>() : text.substr(equals + 1);
  }
  if (!arguments.has("state")) return;
  std::string_view rest = arguments.values("state").back();
  while (true) {
    const std::string state(rest.substr(0, rest.find(',')));
    check_state(state);
    states_.insert(state);
    if (state.size() == rest.size()) return;
    rest.remove_prefix(state.size() + 1);
  }
}

bool Traits::take(const Json& container) const {
  if (!states_.empty() && !states_.contains(text_at(container, "state"))) return false;
  const Json labels = at_path(container, {"labels"});
  return std::all_of(labels_.begin(), labels_.end(), [&](const auto& wanted) {
    const auto found = labels.find(wanted.first);
    return found != labels.end() && (!wanted.second || *found == *wanted.second);
  });
}

std::string Traits::fields() const {
  return std::string(labels_.empty() ? "" : ",labels") + (states_.empty() ? "" : ",state");
}

std::vector<Target> chosen_targets(Client& client, const Invocation& call) {
  const Traits traits(call.arguments);
  if (traits.any()) return chosen_by(client, call, traits);
  return expand_targets(client, call.arguments.operands, call.tenant());
}

}  // namespace croft::ctl
