// container.wait and exec.show: calls that wait for something to come true.
#include <chrono>

#include "ctl/lifecycle/up.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSlice{200};  // between looks at whether the caller has gone
constexpr std::uint64_t kMaxWait = 86400;

std::optional<std::uint64_t> number_of(const Call& call, const char* name) {
  const auto found = call.query.find(name);
  if (found == call.query.end()) return std::nullopt;
  try {
    return parse_count(found->second);
  } catch (const Error& error) {
    throw runtime::wrong_field(name, error.what());
  }
}

std::chrono::seconds timeout_of(const Call& call, std::uint64_t fallback) {
  for (const char* name : {"timeout", "wait"})
    if (const auto given = number_of(call, name)) return std::chrono::seconds(std::min(*given, kMaxWait));
  return std::chrono::seconds(fallback);
}

void check_patience(const Call& call, Clock::time_point deadline, const std::string& what) {
  if (call.cancelled != nullptr && call.cancelled->load()) throw Error(ErrorKind::kConflict, "cancelled");
  if (Clock::now() >= deadline) throw Error(ErrorKind::kTimeout, what);
}

bool ended(const ContainerRecord& record) {
  return record.state == State::kStopped || record.state == State::kFailed || record.state == State::kReady;
}

// Waits until the registry's state satisfies `done`; woken by changes of the live entry.
template <class Done>
ContainerRecord wait_state(Context& context, const Call& call, const ContainerRecord& first,
                           Clock::time_point deadline, const std::string& what, Done done) {
  const std::shared_ptr<Live> live = context.live.at(first.uuid);
  for (;;) {
    std::unique_lock lock(live->mutex);
    const auto record = context.registry.find(first.uuid);
    if (!record) {
      ContainerRecord gone = first;  // an ephemeral one is destroyed when it stops
      gone.state = State::kStopped;
      gone.last_exit = nullptr;
      if (done(gone)) return gone;
      throw Error(ErrorKind::kConflict, "`" + first.object() + "` was destroyed meanwhile");
    }
    if (done(*record)) return *record;
    live->changed.wait_for(lock, kSlice);
    lock.unlock();
    check_patience(call, deadline, what);
  }
}

// " (exited, 3)", or nothing.
std::string end_text(const ContainerRecord& record) {
  if (!record.last_exit.is_object()) return "";
  const Json& status = record.last_exit.at("status");
  return " (" + record.last_exit.at("kind").get<std::string>() +
         (status.is_null() ? "" : ", " + status.dump()) + ")";
}

// Whether it runs now. Throws when it cannot come to that: it failed, or `run`, which the caller started, is
// over.
bool runs(const ContainerRecord& now, const std::optional<std::uint64_t>& run) {
  if (now.state == State::kFailed)
    throw Error(ErrorKind::kConflict, "`" + now.object() + "` failed: " + now.reason);
  if (run && (now.generation > *run || (now.generation == *run && ended(now))))
    throw Error(ErrorKind::kConflict,
                "`" + now.object() + "` ended while it was starting up" + end_text(now));
  return now.state == State::kRunning;
}

void wait_up(Context& context, const Call& call, const ContainerRecord& record, Clock::time_point deadline) {
  const std::shared_ptr<Live> live = context.live.at(record.uuid);
  const InitWay& way = way_of(resolve_init(record.spec.parsed(), manifest_of(context, record)));
  std::string word = way.up_command.empty() ? "running" : "";
  while (word.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    word = ask_up(context, record, way, std::max(left, kSlice));
    if (!word.empty()) break;
    check_patience(call, deadline, "`" + record.object() + "` runs, but did not say in time that it is up");
    std::unique_lock lock(live->mutex);
    if (!live->running)
      throw Error(ErrorKind::kConflict, "`" + record.object() + "` ended while it was starting up");
    live->changed.wait_for(lock, std::chrono::milliseconds(20));
  }
  note_up(context, record.uuid, word);
}

}  // namespace

Answer wait_container(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  const Clock::time_point deadline = Clock::now() + timeout_of(call, kMaxWait);
  const auto wanted = call.query.find("for");
  const std::string what = wanted == call.query.end() ? "stopped" : wanted->second;
  const std::string late = "`" + record.object() + "` is not " + what + " yet";
  if (what == "stopped") {
    const ContainerRecord last = wait_state(context, call, record, deadline, late, ended);
    if (!context.registry.find(record.uuid)) {
      Json body = container_json(context, last, false);
      return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
    }
    return container_answer(context, record.uuid);
  }
  const std::optional<std::uint64_t> run = number_of(call, "run");
  const ContainerRecord running = wait_state(context, call, record, deadline, late,
                                             [&run](const ContainerRecord& now) { return runs(now, run); });
  if (what == "up") wait_up(context, call, running, deadline);
  return container_answer(context, record.uuid);
}

Answer wait_exec(Context& context, const Call& call) {
  const auto name = Execs::parse_id(call.path.at("id"));
  if (!name) throw runtime::wrong_field("id", "is no id of a process");
  const auto record = context.execs.wait(*name, std::min(timeout_of(call, 0), std::chrono::seconds(55)));
  Json body = {{"id", call.path.at("id")}, {"running", !record.has_value()}};
  if (record) body.update(Json::parse(exit_line(*record)));
  return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
}

}  // namespace croft::ctl
