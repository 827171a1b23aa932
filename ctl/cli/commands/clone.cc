#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/snapshot.h"
#include "ctl/cli/each.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/settings.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Json body_of(const Invocation& call, const Target& made, const std::vector<std::string>& settings) {
  Json body{{"name", made.name}, {"tenant", made.tenant}};
  if (call.arguments.has("from")) body["snapshot"] = call.arguments.value("from");
  if (call.arguments.has("full")) body["full"] = true;
  if (!settings.empty()) body["set"] = parse_assignments(settings);
  return body;
}

std::string words_of(const Json& made) {
  std::string words = "cloned as " + text_at(made, "tenant") + "/" + text_at(made, "name");
  if (const Json pause = at_path(made, {"pause_us"}); !pause.is_null())
    words += ", paused for " + pause_text(pause);
  std::string without;
  for (const Json& key : made.value("left_out", Json::array()))
    without += (without.empty() ? "" : ", ") + key.get<std::string>();
  return without.empty() ? words : words + "; without " + without + ", which stay with the original";
}

int run(Invocation& call) {
  std::vector<std::string> settings;
  std::vector<std::string> words;
  for (const std::string& operand : call.arguments.operands)
    (is_assignment(operand) ? settings : words).push_back(operand);
  if (words.size() != 2)
    throw Error(ErrorKind::kInvalid, "a container and a name for the new one are needed")
        .cure("croft clone web1 web2");
  const Target original = parse_target(words[0], call.tenant());
  const Target made = parse_target(words[1], original.tenant);
  const std::string path = container_path(original, "clone", changing_query(call));
  const Json body = body_of(call, made, settings);
  return do_one(call, "clone", words[0], [&](Client& client, std::size_t, const OnProgress& progress) {
    Json answer = client.perform("POST", path, body, progress);
    std::string done = call.dry_run() ? "" : words_of(answer);
    return Outcome{std::move(done), std::move(answer)};
  });
}

}  // namespace

Command clone_command() {
  return {
      .name = "clone",
      .aliases = {"copy"},
      .summary = "make another one like it",
      .operands = "CONTAINER NAME [KEY=VALUE...]",
      .least = 2,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description =
          "Makes a new container with everything that another one wrote, and with its settings, which those "
          "given here replace. The original may run: it is flushed, frozen for the moment of the copy and "
          "goes on, and how long that took is told. What only one can have stays with the original and is "
          "named: hostname, net.address, net.gateway, net.mac and net.forward. Uuid, ids, addresses from "
          "pools, quota and, for systemd, the machine id are the new one's own. On btrfs, and on xfs file by "
          "file, the copy shares its blocks with the original until one of them changes them; elsewhere, "
          "into "
          "another pool (pool=NAME) and with --full everything is copied. Keys that programs made, as those "
          "of an SSH server, are copied like all else.",
      .options = {{"--from", "SNAPSHOT", "As it was when this snapshot was made; nothing is frozen"},
                  {"--full", "", "Share no blocks with the original"},
                  kTenant,
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft clone web1 web2", "A second one"},
                   {"croft clone web1 test/web1 memory.limit=512M", "For the tenant test, with less memory"},
                   {"croft clone --from before-upgrade web1 old-web1", "As it was"}},
      .run = run,
  };
}

}  // namespace croft::ctl
