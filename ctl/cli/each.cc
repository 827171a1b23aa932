#include "ctl/cli/each.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Json problem_of(const Error& error) {
  Json fields = Json::array();
  for (const runtime::FieldError& field : error.fields())
    fields.push_back({{"path", field.path}, {"message", field.message}});
  return {{"code", runtime::code_of(error.kind())}, {"detail", error.what()}, {"fields", fields}};
}

void report(const Invocation& call, Reporter& reporter, const std::string& shown, const Outcome& outcome) {
  if (call.json()) {
    reporter.json({{"object", shown}, {"result", outcome.value}});
  } else if (call.dry_run()) {
    reporter.text(visible(shown) + ":\n" + format_changes(outcome.value));
  } else {
    reporter.text(visible(shown) + (call.quiet() ? "" : ": " + outcome.words) + "\n");
  }
}

void report(const Invocation& call, Reporter& reporter, const std::string& shown, const Error& error) {
  if (call.json()) reporter.json({{"object", shown}, {"error", problem_of(error)}});
  reporter.error(error);
}

// One operand from beginning to end; its exit status.
int run_one(const Invocation& call, Reporter& reporter, const std::string& verb, const std::string& shown,
            Client& client, std::size_t index, const Action& action) {
  try {
    report(call, reporter, shown, action(client, index, reporter.progress_of(shown)));
    return kExitOk;
  } catch (const Error& error) {
    const Error told = with_attempt(error, "cannot " + verb + " `" + shown + "`");
    report(call, reporter, shown, told);
    return exit_status_of(told.kind());
  } catch (const std::exception& error) {
    reporter.error(Error(ErrorKind::kSystem, "cannot " + verb + " `" + shown + "`: " + error.what()));
    return exit_status_of(ErrorKind::kSystem);
  }
}

}  // namespace

int for_each(const Invocation& call, const std::string& verb, const std::vector<std::string>& shown,
             const Action& action) {
  Reporter reporter(call.screen, call.quiet());
  std::vector<int> status(shown.size(), kExitOk);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    Client client = call.client();
    for (std::size_t i = next++; i < shown.size(); i = next++)
      status[i] = run_one(call, reporter, verb, shown[i], client, i, action);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min(shown.size(), kMaxAtOnce); ++i) others.emplace_back(work);
  work();
  others.clear();
  const auto failed = std::find_if(status.begin(), status.end(), [](int s) { return s != kExitOk; });
  return failed == status.end() ? kExitOk : *failed;
}

int do_one(const Invocation& call, const std::string& verb, const std::string& shown, const Action& action) {
  return for_each(call, verb, {shown}, action);
}

int on_containers(const Invocation& call, const ContainerVerb& verb) {
  Client first = call.client();
  const std::vector<Target> targets = expand_targets(first, call.arguments.operands, call.tenant());
  std::vector<std::string> shown;
  for (const Target& target : targets) shown.push_back(target.shown);
  const auto query = changing_query(call, verb.query);
  const std::optional<Json> body = verb.body.is_null() ? std::nullopt : std::optional<Json>(verb.body);
  return for_each(call, verb.verb, shown, [&](Client& client, std::size_t i, const OnProgress& progress) {
    const std::string path = container_path(targets[i], verb.part, query);
    return Outcome{verb.done, client.perform(verb.method, path, body, progress)};
  });
}

std::string format_changes(const Json& answer) {
  std::string text;
  for (const Json& change : at_path(answer, {"changes"})) {
    std::string line = "  " + text_at(change, "do") + " " + text_at(change, "object");
    const std::string value = text_at(change, "value");
    if (!value.empty()) line += " = " + value;
    text += visible(line) + "\n";
  }
  return text.empty() ? "  nothing to change\n" : text;
}

std::map<std::string, std::string> changing_query(const Invocation& call,
                                                  std::map<std::string, std::string> query) {
  if (call.dry_run()) query["dry_run"] = "1";
  return query;
}

}  // namespace croft::ctl
