// Starting a container.
#pragma once

#include <functional>

#include "ctl/lifecycle/context.h"
#include "ctl/lifecycle/plan.h"
#include "runtime/error.h"

namespace croft::ctl {

struct StartRequest {
  Actor actor;
  Streams streams = Streams::kConsole;
  std::array<runtime::FdSlot, 3> passed{};
  std::uint16_t rows = 0;
  std::uint16_t columns = 0;
  int fail_at = -1;            // fault injection: the change, or beyond those the step inside, that fails
  bool suspended = false;      // starts it although it is suspended
  const Call* call = nullptr;  // that hears how it goes, if there is one
  bool alone = false;  // nobody waits for the answer: a refusal too leaves it failed, for people to see
};

struct Started {
  pid_t pid = 0;
  runtime::ProcessName name;
  runtime::Fd pidfd;
  runtime::Fd terminal;  // for Streams::kTerminal
};

// The caller holds the container's Activity. Throws Error; then nothing of the start is left. The container
// is failed with the reason; one whose start was refused before anything was touched stays as it was, and an
// event tells of it.
Started start_container(Context& context, const ContainerRecord& record, const StartRequest& request);
// What a start would do now. Throws Error for what a start refuses before it changes anything.
StartPlan plan_start_now(Context& context, const ContainerRecord& record, const StartRequest& request);
// The event of a start that was refused. What runs already was not refused for anything worth telling.
void note_refusal(Context& context, const ContainerRecord& record, const Actor& actor,
                  const runtime::Error& error);

}  // namespace croft::ctl
