#include "ctl/lifecycle/steps.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

constexpr int kExecTime = 60'000;  // ms; a launch takes about one, but the host may be busy
constexpr int kEndTime = 10'000;   // ms that a killed process has to be gone

}  // namespace

runtime::Description AdmitRun::describe() const {
  return {"admit", subject.object, ""};
}

void AdmitRun::apply() const {
  control->admit(subject, knobs);
}

void AdmitRun::undo() const noexcept {
  control->leave(subject.uuid);
}

runtime::Description ProtectRun::describe() const {
  return {"protect", subject.object, ""};
}

void ProtectRun::apply() const {
  control->protect(subject.uuid);
}

runtime::Description MakeDirectory::describe() const {
  return {"mkdir", path, ""};
}

void MakeDirectory::apply() {
  made = mkdir(path.c_str(), mode) == 0;
  if (!made && errno != EEXIST) runtime::fail_errno("cannot make directory `" + path + "`");
}

void MakeDirectory::undo() const noexcept {
  if (made) rmdir(path.c_str());
}

runtime::Description CloneInit::describe() const {
  return {"clone", object, ""};
}

void CloneInit::apply() const {
  state->launch = state->keeper->launch(state->request, state->list);
  try {
    runtime::send_go(state->launch);
  } catch (...) {
    undo();
    throw;
  }
}

void CloneInit::undo() const noexcept {
  if (!state->launch.pidfd) return;
  syscall(SYS_pidfd_send_signal, state->launch.pidfd.get(), SIGKILL, nullptr, 0);
  pollfd ended{state->launch.pidfd.get(), POLLIN, 0};
  poll(&ended, 1, kEndTime);
  state->launch.pidfd.reset();
  state->launch.channel.reset();
  try {
    // The keeper sees the end at the same moment as we do: until it has, it answers that the process runs.
    for (int i = 0; i < 100; ++i) {
      try {
        return state->keeper->acknowledge(state->request.name);
      } catch (const runtime::Error& error) {
        if (error.kind() != runtime::ErrorKind::kBusy) return;
        usleep(10'000);
      }
    }
  } catch (...) {  // the keeper is gone: recovery acknowledges
    return;
  }
}

runtime::Description OpenNamespaces::describe() const {
  return {"open", "namespaces of " + object, ""};
}

void OpenNamespaces::apply() const {
  *state->userns = runtime::open_namespace(state->launch, "user");
  *state->netns = runtime::open_namespace(state->launch, "net");
  *state->pidfd = state->launch.pidfd.duplicate();
}

void OpenNamespaces::undo() const noexcept {
  state->userns->reset();
  state->netns->reset();
  state->pidfd->reset();
}

runtime::Description GiveRoot::describe() const {
  return {"give", "root to " + object, ""};
}

void GiveRoot::apply() const {
  runtime::send_slot(state->launch, *state->root);
}

runtime::Description Release::describe() const {
  return {"release", object, ""};
}

void Release::apply() const {
  runtime::send_go(state->launch);
}

runtime::Description WatchRun::describe() const {
  return {"watch", subject.object, ""};
}

void WatchRun::apply() const {
  control->watch(subject.uuid);
}

runtime::Description AwaitExec::describe() const {
  return {"await", "exec of " + object, ""};
}

void AwaitExec::apply() const {
  runtime::finish_launch(state->launch, kExecTime);
}

}  // namespace croft::ctl
