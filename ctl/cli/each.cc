#include "ctl/cli/each.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/select.h"
#include "ctl/cli/text.h"
#include "ctl/spec/units.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

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

// All operands of one call: which is next, and how many have come to an end.
class Round {
 public:
  Round(const Invocation& call, const std::string& verb, const std::vector<std::string>& shown,
        const Action& action)
      : call_(call), verb_(verb), shown_(shown), action_(action), status_(shown.size(), kNotBegun) {}

  int run();

 private:
  static constexpr int kNotBegun = -1;

  void work();
  int run_one(Client& client, std::size_t index);
  [[nodiscard]] OnProgress progress_of(std::size_t index);
  void show_total();
  void tell_end();

  const Invocation& call_;
  const std::string& verb_;
  const std::vector<std::string>& shown_;
  const Action& action_;
  Reporter reporter_{call_.screen, call_.quiet()};
  std::vector<int> status_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> done_ = 0;
  std::atomic<std::size_t> failed_ = 0;
};

int Round::run() {
  const std::size_t threads = std::min(shown_.size(), at_once(call_));
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
  work();
  others.clear();
  tell_end();
  const auto failed = std::find_if(status_.begin(), status_.end(), [](int s) { return s > kExitOk; });
  return failed == status_.end() ? kExitOk : *failed;
}

void Round::work() {
  Client client = call_.client();
  const bool fail_fast = call_.arguments.has("fail-fast");
  while (!(fail_fast && failed_ > 0)) {
    const std::size_t index = next_++;
    if (index >= shown_.size()) return;
    status_[index] = run_one(client, index);
    if (status_[index] != kExitOk) ++failed_;
    ++done_;
    show_total();
  }
}

// Of several the one line says how far they all are.
OnProgress Round::progress_of(std::size_t index) {
  if (shown_.size() == 1) return reporter_.progress_of(shown_[index]);
  return [this](const std::string&, int) { show_total(); };
}

void Round::show_total() {
  const std::size_t done = done_;
  const std::size_t failed = failed_;
  if (shown_.size() == 1 || done == shown_.size()) return;
  reporter_.progress(verb_,
                     std::to_string(done) + " of " + std::to_string(shown_.size()) + " done" +
                         (failed == 0 ? "" : ", " + std::to_string(failed) + " failed"),
                     -1);
}

void Round::tell_end() {
  const auto left = static_cast<std::size_t>(std::count(status_.begin(), status_.end(), kNotBegun));
  if (failed_ == 0 || (left == 0 && shown_.size() < kWorthCounting)) return;
  std::string text = std::to_string(failed_) + " of " + std::to_string(shown_.size()) + " failed";
  if (left > 0) text += ", " + std::to_string(left) + " not begun";
  reporter_.error(Error(ErrorKind::kSystem, "cannot " + verb_ + " all: " + text));
}

// One operand from beginning to end; its exit status.
int Round::run_one(Client& client, std::size_t index) {
  const std::string& shown = shown_[index];
  try {
    report(call_, reporter_, shown, action_(client, index, progress_of(index)));
    return kExitOk;
  } catch (const Error& error) {
    const Error told = with_attempt(error, "cannot " + verb_ + " `" + shown + "`");
    report(call_, reporter_, shown, told);
    return exit_status_of(told.kind());
  } catch (const std::exception& error) {
    reporter_.error(Error(ErrorKind::kSystem, "cannot " + verb_ + " `" + shown + "`: " + error.what()));
    return exit_status_of(ErrorKind::kSystem);
  }
}

}  // namespace

Json problem_of(const Error& error) {
  Json fields = Json::array();
  for (const runtime::FieldError& field : error.fields())
    fields.push_back({{"path", field.path}, {"message", field.message}});
  return {{"code", runtime::code_of(error.kind())}, {"detail", error.what()}, {"fields", fields}};
}

std::size_t at_once(const Invocation& call) {
  if (!call.arguments.has("parallel")) return kAtOnce;
  const std::string text = call.arguments.value("parallel");
  try {
    const std::uint64_t number = parse_count(text);
    if (number >= 1 && number <= kMaxAtOnce) return number;
  } catch (const Error&) {
    // Told below, with the range.
  }
  throw Error(ErrorKind::kInvalid, "--parallel: `" + text + "` is no number from 1 to 64");
}

int for_each(const Invocation& call, const std::string& verb, const std::vector<std::string>& shown,
             const Action& action) {
  return Round(call, verb, shown, action).run();
}

int do_one(const Invocation& call, const std::string& verb, const std::string& shown, const Action& action) {
  return for_each(call, verb, {shown}, action);
}

int on_containers(const Invocation& call, const ContainerVerb& verb) {
  Client first = call.client();
  const std::vector<Target> targets = chosen_targets(first, call);
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
