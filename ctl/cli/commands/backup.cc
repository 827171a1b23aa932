#include <sys/stat.h>

#include <ctime>

#include "ctl/cli/backup_files.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/followed.h"
#include "ctl/cli/commands/snapshot.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

bool is_directory(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::optional<Retention> asked_retention(const Invocation& call, bool into_directory) {
  if (!call.arguments.has("keep")) return {};
  if (!into_directory) throw Error(ErrorKind::kInvalid, "--keep is for backups in a directory");
  try {
    return parse_retention(call.arguments.value("keep"));
  } catch (Error& error) {
    throw error.wrap("--keep");
  }
}

std::string words_of(const Json& done, const std::string& file, const std::vector<std::string>& removed) {
  std::string words =
      limit_text(at_path(done, {"bytes"}), human_size) + ", " + at_path(done, {"files"}).dump() + " files";
  if (!file.empty()) words = file + ", " + words;
  if (const Json pause = at_path(done, {"pause_us"}); !pause.is_null())
    words += ", paused for " + pause_text(pause);
  if (!removed.empty()) words += "; " + std::to_string(removed.size()) + " older ones removed";
  return words;
}

Json make(Invocation& call, const Target& target, int to, Reporter& reporter) {
  Client client = call.client();
  LineChannel channel(
      client.upgrade(container_path(target, "backup"), Json{{"layers", !call.arguments.has("no-template")}}));
  channel.send_descriptors({to});
  return follow_work(channel, reporter, target.shown, "the backup");
}

int back_up(Invocation& call, Reporter& reporter) {
  const Target target = parse_target(call.operand(0), call.tenant());
  const std::string& to = call.operand(1);
  const bool into_directory = to != "-" && is_directory(to);
  const std::optional<Retention> keep = asked_retention(call, into_directory);
  if (to == "-") {
    if (is_terminal(call.stdio.out))
      throw Error(ErrorKind::kInvalid, "a backup cannot be written to a terminal");
    make(call, target, call.stdio.out, reporter);
    return 0;
  }
  const std::string path =
      into_directory ? to + "/" + backup_name(target.tenant, target.name, time(nullptr)) : to;
  const NamelessFile file(path);
  Json done = make(call, target, file.fd(), reporter);
  file.name();
  std::vector<std::string> removed;
  if (keep) removed = expire_backups(to, target.tenant, target.name, *keep);
  done["file"] = path;
  done["removed"] = removed;
  if (call.json())
    reporter.json(done);
  else
    reporter.text(call.quiet() ? path + "\n" : target.shown + ": " + words_of(done, path, removed) + "\n");
  return 0;
}

int run(Invocation& call) {
  Reporter reporter(call.screen, call.quiet());
  try {
    return back_up(call, reporter);
  } catch (const Error& error) {
    throw with_attempt(error, "cannot make a backup of `" + call.operand(0) + "`");
  }
}

}  // namespace

Command backup_command() {
  return {
      .name = "backup",
      .summary = "keep it in one file",
      .operands = "CONTAINER FILE|DIRECTORY|-",
      .least = 2,
      .most = 2,
      .names = Names::kContainers,
      .description =
          "Writes a container to one archive: its settings, what it wrote, and the layers of its template. "
          "`croft restore` makes a container of it, on this host or another. One that runs is flushed, "
          "frozen "
          "for the moment of a snapshot and goes on. Where the pool has to copy for a snapshot there must be "
          "room for that meanwhile. In a directory the file is called after tenant, name and time; it has no "
          "name before it is whole. The archive is a tar that zstd packed: `croft help backup verify` says "
          "what reads it.",
      .options = {{"--no-template", "",
                   "Leave the layers of the template out: a host that has it can restore it"},
                  {"--keep", "COUNTS",
                   "Then remove older ones of it in the directory: 7d,4w,12m keeps the last of "
                   "each of 7 days, 4 weeks, 12 months"},
                  kTenant,
                  kJson,
                  kQuiet},
      .examples = {{"croft backup web1 /srv/backups --keep 7d,4w,12m", "Daily, by cron or a timer"},
                   {"croft backup web1 web1.tar.zst", "To a file"},
                   {"croft backup web1 - | ssh host2 croft restore - web1",
                    "To another host, with nothing between"}},
      .run = run,
  };
}

}  // namespace croft::ctl
