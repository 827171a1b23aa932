// What happens to a container runs programs: hook.EVENT of its specification.
//
// One that comes before (pre-create, pre-start, pre-stop) is run by whoever is about to do it, who does not
// when it fails, unless its `on-failure` says otherwise. One that comes after (post-start, post-stop,
// post-destroy) is stored in the registry before what it is about is noted, run in the background, and
// forgotten when it has ended: a daemon that dies meanwhile leaves it to the next one. Those of one container
// run one after another, in the order in which they came to be due.
#pragma once

#include <vector>

#include "ctl/lifecycle/context.h"
#include "ctl/spec/hook.h"
#include "runtime/change.h"

namespace croft::ctl {

// Runs it, if the container has one, after those that are due. Throws Error kRefused when it failed and that
// refuses, kConflict when the daemon stops. `call` hears of it; it may be null. Not to be called by who holds
// what other containers wait for.
void run_before(Context& context, const ContainerRecord& record, HookEvent event, const Call* call);
// Of pre-stop, where it still runs. `forced`: whatever comes of it, the stop goes on.
void run_before_stop(Context& context, const ContainerRecord& named, const Call& call, bool forced);

// Stores that it is due, if the container has one. Throws Error.
void store_due(Context& context, const ContainerRecord& record, HookEvent event);
// Runs it in the background, once what it is about is noted.
void run_due_later(Context& context, const ContainerRecord& record, HookEvent event);
// What an earlier daemon left, of all.
void resume_due(Context& context);

// run_before among the changes of a creation or a start. Undo: what it did is to be taken back by the hook
// of `undone_by`, which is due then.
struct RunHook {
  Context* context = nullptr;
  ContainerRecord record;
  HookEvent event = HookEvent::kPreStart;
  HookEvent undone_by = HookEvent::kPostStop;
  const Call* call = nullptr;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

bool has_hook(const ContainerRecord& record, HookEvent event);
// Adds what a dry run tells of it, if there is one.
void describe_hook(const ContainerRecord& record, HookEvent event,
                   std::vector<runtime::Description>& changes);

}  // namespace croft::ctl
