#include "ctl/lifecycle/hooks.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "ctl/lifecycle/hook.h"
#include "ctl/lifecycle/inside.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr const char* kDue = "hook";  // of what the registry keeps
constexpr std::size_t kDigits = 20;   // of the largest generation

// All that a run needs: what it is about may be gone by then.
struct Job {
  HookEvent event = HookEvent::kPreStart;
  Hook hook;
  Json container;  // as the API shows it

  [[nodiscard]] std::string text_of(const char* key) const { return container.at(key).get<std::string>(); }
  [[nodiscard]] std::string object() const { return text_of("tenant") + "/" + text_of("name"); }
};

const Hook* hook_of(const ContainerRecord& record, HookEvent event) {
  const Hooks& hooks = record.spec.parsed().hook;
  const auto found = hooks.find(std::string(to_text(event)));
  return found == hooks.end() ? nullptr : &found->second;
}

std::vector<std::pair<std::string, std::string>> environment_of(const Job& job) {
  return {{"CROFT_HOOK", std::string(to_text(job.event))},
          {"CROFT_CONTAINER", job.object()},
          {"CROFT_UUID", job.text_of("uuid")},
          {"CROFT_TENANT", job.text_of("tenant")}};
}

std::string end_of(const runtime::ExitRecord& exit) {
  if (exit.kind == runtime::ExitKind::kUnknown) return "a status that nobody knows";
  return (exit.kind == runtime::ExitKind::kKilled ? "signal " : "status ") + std::to_string(exit.status);
}

std::string run_in_container(Context& context, const Job& job) {
  const ContainerRecord record = context.registry.get(job.text_of("uuid"));
  const InsideResult result =
      run_inside(context, record, job.hook.words, std::chrono::seconds(job.hook.timeout.value),
                 {.env = environment_of(job), .input = job.container.dump()});
  if (result.exit.kind == runtime::ExitKind::kExited && result.exit.status == 0) return result.output;
  fail_of_hook(job.hook.words[0], "ended inside with " + end_of(result.exit), result.output);
}

std::string run(Context& context, const Job& job, const std::atomic<bool>* cancelled) {
  if (job.hook.inside) return run_in_container(context, job);
  return run_on_host({.directory = context.host.options.hooks,
                      .words = job.hook.words,
                      .values = environment_of(job),
                      .input = job.container.dump(),
                      .limit = std::chrono::seconds(job.hook.timeout.value),
                      .stopping = [&context, cancelled] {
                        return context.hooks.stopping() || (cancelled != nullptr && cancelled->load());
                      }});
}

void tell(Context& context, const Job& job, const char* kind, const char* key, const std::string& text) {
  try {
    context.registry.append_event(
        event_of(kDaemonActor, kind,
                 {{"hook", to_text(job.event)}, {"program", to_text(job.hook)}, {key, text}}),
        job.object(), job.text_of("uuid"));
  } catch (const Error& error) {  // a full disk, for instance
    std::fprintf(stderr, "croftd: cannot record a hook of `%s`: %s\n", job.object().c_str(), error.what());
  }
}

// An event tells how it went, unless it was ended because nobody waits any more.
void run_and_tell(Context& context, const Job& job, const std::atomic<bool>* cancelled = nullptr) {
  try {
    tell(context, job, "hook.done", "said", printable(run(context, job, cancelled)));
  } catch (const Error& error) {
    if (!context.hooks.stopping()) tell(context, job, "hook.failed", "error", error.what());
    throw;
  }
}

// Those of a container sort by generation, and within one by event.
std::string key_of(const ContainerRecord& record, HookEvent event) {
  const std::string generation = std::to_string(record.generation);
  const auto place = std::find(kHookEvents.begin(), kHookEvents.end(), event) - kHookEvents.begin();
  return record.uuid + " " + std::string(kDigits - generation.size(), '0') + generation + " " +
         std::to_string(place);
}

std::string uuid_in(const std::string& key) {
  return key.substr(0, key.find(' '));
}

// What is there now is told rather than what there was.
Job job_of(Context& context, const std::string& text) {
  const Json kept = parse_json(text);
  Job job{hook_event_of(kept.at("event").get<std::string>()).value(),
          parse_hook(kept.at("hook").get<std::string>()), kept.at("container")};
  if (const auto record = context.registry.find(job.text_of("uuid")))
    job.container = container_json(context, *record, false);
  return job;
}

std::map<std::string, std::string> due_of(const Context& context, const std::string& uuid) {
  std::map<std::string, std::string> due;
  for (auto& [key, text] : context.registry.all_kept(kDue, uuid)) due.emplace(key, std::move(text));
  return due;
}

// The caller holds the container's `hooks`. What the daemon's end cuts off stays due.
void run_due(Context& context, const std::string& uuid) {
  for (const auto& [key, text] : due_of(context, uuid)) {
    if (context.hooks.stopping()) return;
    try {
      run_and_tell(context, job_of(context, text));
    } catch (const Error&) {  // an event tells
      if (context.hooks.stopping()) return;
    }
    context.registry.forget(kDue, key);
  }
}

void run_in_turn(Context& context, const std::string& uuid) {
  const std::shared_ptr<Live> live = context.live.at(uuid);
  try {
    const std::lock_guard turn(live->hooks);
    run_due(context, uuid);
    if (!context.registry.find(uuid)) context.live.erase(uuid);
  } catch (const Error& error) {
    std::fprintf(stderr, "croftd: hooks that are due: %s\n", error.what());
  }
}

void run_later(Context& context, const std::string& uuid) {
  context.hooks.post([&context, uuid] { run_in_turn(context, uuid); });
}

}  // namespace

bool has_hook(const ContainerRecord& record, HookEvent event) {
  return hook_of(record, event) != nullptr;
}

void describe_hook(const ContainerRecord& record, HookEvent event,
                   std::vector<runtime::Description>& changes) {
  if (const Hook* hook = hook_of(record, event))
    changes.push_back({"run hook", std::string(to_text(event)), to_text(*hook)});
}

void run_before(Context& context, const ContainerRecord& record, HookEvent event, const Call* call) {
  const Hook* hook = hook_of(record, event);
  if (hook == nullptr) return;
  const std::string name = "hook." + std::string(to_text(event));
  const std::shared_ptr<Live> live = context.live.at(record.uuid);
  const std::lock_guard turn(live->hooks);
  run_due(context, record.uuid);
  if (call != nullptr && call->progress) call->progress("running " + name, -1);
  try {
    run_and_tell(context, {event, *hook, container_json(context, record, false)},
                 call == nullptr ? nullptr : call->cancelled);
  } catch (const Error& error) {
    const bool ended = error.kind() == ErrorKind::kConflict && !hook->inside;
    if (ended) throw;
    if (!hook->refuses.value_or(true)) return;
    throw Error(ErrorKind::kRefused, "its " + name + " failed: " + error.what())
        .cure("see to it, or unset " + name);
  }
}

void run_before_stop(Context& context, const ContainerRecord& named, const Call& call, bool forced) {
  const auto record = context.registry.find(named.uuid);
  if (!record || !has_run(record->state) || record->state == State::kStopping) return;
  try {
    run_before(context, *record, HookEvent::kPreStop, &call);
  } catch (Error& error) {
    if (!forced) throw error.wrap("cannot stop `" + record->object() + "`");
  }
}

void store_due(Context& context, const ContainerRecord& record, HookEvent event) {
  const Hook* hook = hook_of(record, event);
  if (hook == nullptr) return;
  context.registry.keep(kDue, key_of(record, event),
                        Json{{"event", to_text(event)},
                             {"hook", to_text(*hook)},
                             {"container", container_json(context, record, false)}}
                            .dump());
}

void run_due_later(Context& context, const ContainerRecord& record, HookEvent event) {
  if (has_hook(record, event)) run_later(context, record.uuid);
}

void resume_due(Context& context) {
  std::set<std::string> uuids;
  for (const auto& [key, text] : context.registry.all_kept(kDue)) uuids.insert(uuid_in(key));
  for (const std::string& uuid : uuids) run_later(context, uuid);
}

runtime::Description RunHook::describe() const {
  std::vector<runtime::Description> one;
  describe_hook(record, event, one);
  return one.at(0);
}

void RunHook::apply() const {
  run_before(*context, record, event, call);
}

void RunHook::undo() const noexcept {
  try {
    store_due(*context, record, undone_by);
    run_due_later(*context, record, undone_by);
  } catch (const Error& error) {
    std::fprintf(stderr, "croftd: `%s`: cannot run its hook: %s\n", record.object().c_str(), error.what());
  }
}

}  // namespace croft::ctl
