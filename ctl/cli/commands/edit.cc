#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/reporter.h"
#include "ctl/cli/settings.h"
#include "ctl/cli/terminal.h"
#include "ctl/cli/text.h"
#include "ctl/fleet/fleet.h"
#include "ctl/spec/names.h"
#include "ctl/spec/patch.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// A file that only the caller can read; it stays when something is wrong with what he wrote.
class Draft {
 public:
  explicit Draft(const Invocation& call, const std::string& text) {
    const auto directory = call.environment.find("TMPDIR");
    path_ = (directory == call.environment.end() ? "/tmp" : directory->second) + "/croft-edit-XXXXXX.yaml";
    const runtime::Fd file(mkostemps(path_.data(), 5, O_CLOEXEC));
    if (!file) runtime::fail_errno("cannot make the file to edit, `" + path_ + "`");
    if (!write_all(file.get(), text)) runtime::fail_errno("cannot write `" + path_ + "`");
  }
  ~Draft() {
    if (!kept_) unlink(path_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string read() const { return runtime::read_file(path_, kMaxYaml); }
  void keep() { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

std::string editor_of(const Invocation& call) {
  for (const char* name : {"CROFT_EDITOR", "VISUAL", "EDITOR"}) {
    const auto found = call.environment.find(name);
    if (found != call.environment.end() && !found->second.empty()) return found->second;
  }
  return "editor";
}

// By the shell, as what is in $EDITOR may have arguments of its own.
void run_editor(const Invocation& call, const std::string& path) {
  std::string script = editor_of(call) + " \"$1\"";
  std::string name = "sh";
  std::string option = "-c";
  std::string file = path;
  std::array<char*, 6> words{name.data(), option.data(), script.data(), name.data(), file.data(), nullptr};
  pid_t pid = -1;
  if (const int failed = posix_spawn(&pid, "/bin/sh", nullptr, nullptr, words.data(), environ); failed != 0)
    throw Error(ErrorKind::kSystem, "cannot start the editor", failed);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  throw Error(ErrorKind::kRefused, "the editor `" + editor_of(call) + "` failed, so nothing is changed")
      .cure("set $EDITOR");
}

std::string text_of(const Target& target, const Json& spec) {
  std::string text =
      "# Settings of " + target.shown +
      ": KEY: VALUE, a line each, as in croft-spec(5). A line that is taken away unsets its key.\n";
  for (const Difference& one : differences(Json::object(), spec))
    text += to_yaml({{one.key, setting_text(one.key, one.after)}});
  return text;
}

Settings settings_in(const std::string& text) {
  const Yaml root = parse_yaml(text);
  if (root.kind != Yaml::Kind::kMap && root.kind != Yaml::Kind::kNull)
    throw Error(ErrorKind::kInvalid, "the text is no list of KEY: VALUE");
  Settings settings;
  for (const auto& [key, value] : root.map) {
    if (value.kind == Yaml::Kind::kMap || value.kind == Yaml::Kind::kList)
      throw Error(ErrorKind::kInvalid,
                  "line " + std::to_string(value.line) + ": `" + shown(key) + "` is no text");
    settings[key] = value.text;
  }
  return settings;
}

// What `croft set` has to be given so that the one becomes the other.
Settings changed(const Settings& before, const Settings& after) {
  Settings changes;
  for (const auto& [key, value] : before)
    if (!after.contains(key)) changes[key] = "";
  for (const auto& [key, value] : after) {
    const auto old = before.find(key);
    if (old == before.end() ? !value.empty() : old->second != value) changes[key] = value;
  }
  return changes;
}

void show(const Invocation& call, const Target& target, const std::vector<Difference>& found, bool running) {
  if (call.quiet() || call.json()) return;
  std::vector<Row> rows;
  for (const Difference& one : found) {
    const auto text = [&](const Json& value) {
      const std::string shown = setting_text(one.key, value);
      return shown.empty() ? "-" : shown;
    };
    const std::string then = running && one.when == When::kRestart ? "  (from the next start on)" : "";
    rows.push_back({{"  " + one.key}, {text(one.before) + " -> " + text(one.after) + then}});
  }
  call.screen.out << visible(target.shown) << ":\n"
                  << format_table({{""}, {""}}, rows, false, call.screen.colour) << std::flush;
}

// Sends what differs, if nobody else has changed the container meanwhile.
void apply(Client& client, const Target& target, const Response& seen, const Settings& changes) {
  Headers headers;
  if (const auto etag = seen.headers.find("etag"); etag != seen.headers.end())
    headers["If-Match"] = etag->second;
  client.perform("PATCH", container_path(target), Json{{"set", changes}}, {}, headers);
}

int run(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  Client client = call.client();
  const Response seen = client.request("GET", container_path(target));
  if (seen.status != 200) throw error_of_problem(seen.json()).wrap("cannot edit `" + target.shown + "`");
  const Json container = seen.json();
  const Json& spec = container.at("spec");
  Draft draft(call, text_of(target, spec));
  const Settings before = settings_in(draft.read());
  run_editor(call, draft.path());
  try {
    const Settings changes = changed(before, settings_in(draft.read()));
    const Json after = to_json(parse_spec(apply_assignments(spec, changes)));
    const std::vector<Difference> found = differences(spec, after);
    if (found.empty()) {
      call.screen.err << "croft: nothing is changed\n";
      return 0;
    }
    show(call, target, found, text_at(container, "state") == "running");
    if (!call.dry_run()) apply(client, target, seen, changes);
  } catch (Error& error) {
    draft.keep();
    throw error.wrap("cannot change `" + target.shown + "`")
        .cure("what you wrote is in `" + draft.path() + "`");
  }
  if (call.json()) print_json(call.screen, client.call("GET", container_path(target)));
  return 0;
}

}  // namespace

Command edit_command() {
  return {
      .name = "edit",
      .summary = "settings in an editor",
      .operands = "CONTAINER",
      .least = 1,
      .most = 1,
      .names = Names::kContainers,
      .description =
          "Opens the settings of a container in $CROFT_EDITOR, $VISUAL or $EDITOR, then shows what is "
          "different and applies it: at once where the key is live, and otherwise with the next start, which "
          "it says. When something is wrong nothing is changed and the text is kept. So it is when somebody "
          "else has changed the container meanwhile.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft edit web1", "All settings of web1"},
                   {"EDITOR='sed -i s/512M/1G/' croft edit web1", "An editor that is none"}},
      .run = run,
  };
}

}  // namespace croft::ctl
