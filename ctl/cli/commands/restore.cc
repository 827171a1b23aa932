#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/followed.h"
#include "ctl/cli/each.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/settings.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Json body_of(const Invocation& call) {
  std::vector<std::string> settings;
  std::vector<std::string> words;
  for (const std::string& operand : call.arguments.operands)
    (is_assignment(operand) ? settings : words).push_back(operand);
  if (words.empty() || words.size() > 2)
    throw Error(ErrorKind::kInvalid, "a backup is needed, and at most one name")
        .cure("croft restore web1.tar.zst");
  Json body = Json::object();
  if (words.size() == 2) {
    const Target target = parse_target(words[1], call.tenant());
    body["name"] = target.name;
    body["tenant"] = target.tenant;
  }
  if (call.dry_run()) body["dry_run"] = true;
  if (!settings.empty()) body["set"] = parse_assignments(settings);
  return body;
}

std::string words_of(const Json& made) {
  std::string words = text_at(made, "tenant") + "/" + text_at(made, "name") + ": restored";
  std::string without;
  for (const Json& key : made.value("left_out", Json::array()))
    without += (without.empty() ? "" : ", ") + key.get<std::string>();
  return without.empty() ? words : words + "; without " + without + ", which only the original has";
}

int run(Invocation& call) {
  Reporter reporter(call.screen, call.quiet());
  const std::string& path = call.operand(0);
  try {
    const Json body = body_of(call);
    const Input file = open_input(call, path, "a backup");
    Client client = call.client();
    LineChannel channel(client.upgrade("/v1/backups/restore", body));
    channel.send_descriptors({file.fd});
    const Json made = follow_work(channel, reporter, path, "the container");
    if (call.json())
      reporter.json(made);
    else if (call.dry_run())
      reporter.text(format_changes(made));
    else
      reporter.text(call.quiet() ? text_at(made, "name") + "\n" : words_of(made) + "\n");
    return 0;
  } catch (const Error& error) {
    throw with_attempt(error, "cannot restore `" + path + "`");
  }
}

}  // namespace

Command restore_command() {
  return {
      .name = "restore",
      .summary = "make one from a backup",
      .operands = "FILE|- [NAME] [KEY=VALUE...]",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kFiles,
      .description =
          "Makes a container from what `croft backup` wrote, under its own name or another one, with its "
          "settings "
          "but for those given here. All of the backup is compared with its digests before the container is "
          "there "
          "for anybody. Layers that this host has already are used, the others are taken from the backup. "
          "Uuid and "
          "ids are new, and so, for systemd, is the machine id. Under another name what only one container "
          "can "
          "have is left out: hostname, net.address, net.gateway, net.mac and net.forward. To replace a "
          "container "
          "rename or destroy it first.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft restore /srv/backups/default_web1_20261122-033000.croft.tar.zst",
                    "Under its own name"},
                   {"croft restore web1.tar.zst web1-old pool=fast",
                    "Beside the original, in the pool fast"}},
      .run = run,
  };
}

}  // namespace croft::ctl
