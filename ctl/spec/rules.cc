#include "ctl/spec/rules.h"

#include <algorithm>
#include <utility>

#include "cgroups/resources.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/interfaces.h"

namespace croft::ctl {
namespace {

bool runs_a_command(const Spec& spec) {
  return spec.init == InitKind::kCommand || (spec.init == InitKind::kAuto && !spec.command.empty());
}

bool is_root(const std::optional<std::string>& user) {
  return !user || *user == "root" || *user == "0";
}

}  // namespace

bool Rules::is_known(std::string_view path) const {
  return std::any_of(known_.begin(), known_.end(), [path](const runtime::FieldError& error) {
    return !path.empty() && error.path.starts_with(path);
  });
}

void Rules::fail(std::string_view path, std::string_view message, std::string_view other) {
  const auto name = [this](std::string_view text) {
    return nic_.empty() ? std::string(text) : renamed(text, nic_);
  };
  if (errors_.size() >= kMaxErrors || is_known(name(path)) || is_known(name(other))) return;
  errors_.push_back({name(path), name(message)});
}

void check_rules(const Spec& spec, FieldErrors& errors) {
  Rules rules(errors);
  rules.need(!spec.template_name.empty(), "template", "is required");
  rules.need(spec.init != InitKind::kCommand || !spec.command.empty(), "command",
             "is required with init=command");
  rules.need(spec.command.empty() || runs_a_command(spec), "command",
             "is only for init=command or auto, not " + std::string(to_text(spec.init)));
  rules.need(spec.command.empty() || !spec.command[0].empty(), "command",
             "begins with an empty program name");
  rules.need(is_root(spec.user) || runs_a_command(spec), "user", "must be root where an init runs");
  rules.need(!spec.workdir || runs_a_command(spec), "workdir", "is only for a command");
  rules.need(!spec.snapshot.schedule || spec.snapshot.keep, "snapshot.keep",
             "is required with snapshot.schedule, or they would fill the pool");
  rules.need(spec.snapshot.schedule || !spec.snapshot.keep, "snapshot.schedule",
             "is required with snapshot.keep, which is about what is made on schedule");
  rules.need(!spec.snapshot.keep || total(*spec.snapshot.keep) <= kMaxKeptSnapshots, "snapshot.keep",
             "is more than " + std::to_string(kMaxKeptSnapshots) + " in all");
  rules.need(!spec.ephemeral || spec.restart == Restart::kNever, "restart",
             "is not for an ephemeral container, which is destroyed when it stops");
  rules.need(!spec.ephemeral || !spec.is_protected, "protected",
             "is not for an ephemeral container, which is destroyed when it stops");
  for (const auto& [event, hook] : spec.hook)
    if (std::string problem = problem_of(hook_event_of(event).value(), hook); !problem.empty())
      rules.fail("hook." + event, problem);
  check_network(spec, rules);
  check_resources(spec.resources, errors);
}

void check_labels(const Json& labels) {
  const Key* key = find_key("label");
  Spec spec;
  FieldErrors errors;
  key->read(*key, labels, spec, errors);
  if (!errors.empty()) throw runtime::Error(std::move(errors));
}

}  // namespace croft::ctl
