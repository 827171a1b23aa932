#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/followed.h"
#include "ctl/cli/each.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

std::string words_of(const Json& found) {
  return "whole: " + text_at(found, "tenant") + "/" + text_at(found, "name") + " of " +
         local_time(text_at(found, "created")) + ", " + at_path(found, {"files"}).dump() + " files" +
         (found.value("layers", Json::array()).empty() ? ", without its template" : "");
}

int run(Invocation& call) {
  Reporter reporter(call.screen, call.quiet());
  return for_each(call, "verify", call.arguments.operands,
                  [&](Client& client, std::size_t i, const OnProgress& /*progress*/) {
                    const std::string& path = call.operand(i);
                    const Input file = open_input(call, path, "a backup");
                    LineChannel channel(client.upgrade("/v1/backups/verify", Json::object()));
                    channel.send_descriptors({file.fd});
                    Json found = follow_work(channel, reporter, path, "the backup");
                    std::string words = words_of(found);
                    return Outcome{std::move(words), std::move(found)};
                  });
}

}  // namespace

Command backup_verify_command() {
  return {
      .name = "backup verify",
      .summary = "read it all, and compare",
      .operands = "FILE|-...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kFiles,
      .description =
          "Reads backups as a whole and compares every file in them with its digest; the first that differs "
          "is "
          "named. Nothing is written.\nBy hand: `tar --zstd --numeric-owner --xattrs --xattrs-include='*' "
          "-xpf "
          "FILE`, as root, gives root/ with what the container wrote, and layers/; an overlay of root/ above "
          "the "
          "layers, in the order that croft-backup.json gives below template, is the container's root.",
      .options = {kJson, kQuiet},
      .examples = {{"croft backup verify /srv/backups/*.croft.tar.zst", "All that there are"}},
      .run = run,
  };
}

}  // namespace croft::ctl
