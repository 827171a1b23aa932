#include "ctl/lifecycle/stop.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "cgroups/live.h"
#include "ctl/lifecycle/again.h"
#include "ctl/lifecycle/end.h"
#include "ctl/lifecycle/inits.h"
#include "ctl/lifecycle/inside.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::chrono::seconds kEndTime{60};  // for taking a killed run apart

bool wait_ended(const std::shared_ptr<Live>& live, std::uint64_t generation,
                std::chrono::milliseconds timeout) {
  std::unique_lock lock(live->mutex);
  return live->changed.wait_for(lock, timeout,
                                [&] { return !live->running || live->generation != generation; });
}

std::uint64_t generation_of(const std::shared_ptr<Live>& live, const ContainerRecord& record) {
  const std::lock_guard lock(live->mutex);
  if (!live->running) throw Error(ErrorKind::kConflict, "`" + record.object() + "` does not run");
  return live->generation;
}

void send(const std::shared_ptr<Live>& live, int signal_number) {
  const std::lock_guard lock(live->mutex);
  if (live->pidfd) syscall(SYS_pidfd_send_signal, live->pidfd.get(), signal_number, nullptr, 0);
}

// The init may be stopped while it is frozen: a signal is only seen once it runs again.
void thaw_if_frozen(Context& context, const ContainerRecord& record) {
  if (record.state != State::kFrozen) return;
  const cgroups::Group group(context.host.layout, group_path(context, record));
  cgroups::thaw(group);
}

// Signals of a line "Name:\t<hexadecimal>" of /proc/PID/status.
std::uint64_t signal_set(const std::string& status, const std::string& name) {
  const std::size_t at = status.find("\n" + name + ":");
  return at == std::string::npos ? 0 : std::stoull(status.substr(at + name.size() + 2), nullptr, 16);
}

// The kernel drops what a pid namespace's first process does not expect (pid_namespaces(7)), so a signal is
// sent once the init hears it: by a handler, or blocked, to be read from a signalfd as systemd does or by
// sigwaitinfo(2) as busybox does. During that call the mask lacks what it waits for, and /proc/PID/syscall
// tells instead (proc(5)).
bool hears(const std::shared_ptr<Live>& live, int signal_number) {
  const std::lock_guard lock(live->mutex);
  if (!live->pidfd) return false;
  const std::string process = "/proc/" + std::to_string(live->pid);
  try {
    const std::string status = runtime::read_file(process + "/status");
    const std::uint64_t heard = signal_set(status, "SigCgt") | signal_set(status, "SigBlk");
    if ((heard >> static_cast<unsigned>(signal_number - 1) & 1U) != 0) return true;
    return runtime::read_file(process + "/syscall").starts_with(std::to_string(SYS_rt_sigtimedwait) + " ");
  } catch (const Error&) {  // it has just ended
    return false;
  }
}

struct StopWay {
  int signal = 0;
  std::vector<std::string> command;
};

StopWay stop_way(Context& context, const ContainerRecord& record) {
  const Spec& spec = record.spec.parsed();
  const InitWay& way = way_of(resolve_init(spec, manifest_of(context, record)));
  if (spec.stop.signal) return {*spec.stop.signal, {}};
  return {way.stop_signal, way.stop_command};
}

// True once it was asked: an init that is only just starting cannot hear yet.
bool ask_to_stop(Context& context, const ContainerRecord& record, const std::shared_ptr<Live>& live,
                 const StopWay& way) {
  if (way.signal == 0) {
    return run_inside(context, record, way.command, std::chrono::seconds(5)).exit.status == 0;
  }
  if (!hears(live, way.signal)) return false;
  send(live, way.signal);
  return true;
}

void kill_everything(Context& context, const ContainerRecord& record, const std::shared_ptr<Live>& live) {
  send(live, SIGKILL);  // the end of a pid namespace's first process is the end of all in it
  try {
    const cgroups::Group group(context.host.layout, group_path(context, record));
    cgroups::kill_all(group, cgroups::Milliseconds(5000));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound && error.kind() != ErrorKind::kUnsupported) throw;
  }
}

void finish(Context& context, const ContainerRecord& record, const std::shared_ptr<Live>& live,
            std::uint64_t generation) {
  kill_everything(context, record, live);
  if (!wait_ended(live, generation, kEndTime))
    throw Error(ErrorKind::kTimeout, "`" + record.object() + "` was killed but cannot be taken apart yet")
        .cure("`croft show` tells what it is stuck at; Croft keeps trying");
}

// True when the init has ended by itself.
bool stop_gently(Context& context, const ContainerRecord& record, const std::shared_ptr<Live>& live,
                 std::uint64_t generation, std::chrono::seconds timeout, const Call& call) {
  thaw_if_frozen(context, record);
  const StopWay way = stop_way(context, record);
  bool asked = ask_to_stop(context, record, live, way);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    if (wait_ended(live, generation, std::chrono::milliseconds(asked ? 500 : 20))) return true;
    if (!asked) asked = ask_to_stop(context, record, live, way);
    if (call.progress) call.progress("waiting for the init to shut down", -1);
    if (call.cancelled != nullptr && call.cancelled->load())
      throw Error(ErrorKind::kConflict,
                  "stopping `" + record.object() + "` was cancelled; its init was asked to stop");
  }
  return wait_ended(live, generation, std::chrono::milliseconds(0));
}

struct Run {
  ContainerRecord record;
  std::uint64_t generation = 0;
};

// The run to be stopped, none when nothing runs; from here on its end is followed by no restart, nor is one
// still to come. Done by whoever works on the container: the end of a run must not decide meanwhile.
std::optional<Run> begin_stop(Context& context, const ContainerRecord& named,
                              const std::shared_ptr<Live>& live, const Actor& actor) {
  const Activity activity(live, "being stopped", named.object());
  const std::optional<ContainerRecord> record = context.registry.find(named.uuid);
  if (!record) return {};  // it was ephemeral
  if (start_due(*record))
    context.registry.note_reason(record->uuid, "", event_of(actor, "container.restart-cancelled"));
  if (!has_run(record->state)) return {};
  const std::uint64_t generation = generation_of(live, *record);
  if (record->state != State::kStopping)
    context.registry.note_state(
        record->uuid,
        {.state = State::kStopping, .reason = "", .generation = {}, .started = {}, .last_exit = {}},
        event_of(actor, "container.stopping"));
  return Run{*record, generation};
}

}  // namespace

void stop_container(Context& context, const ContainerRecord& record, std::chrono::seconds timeout,
                    const Call& call) {
  const std::shared_ptr<Live> live = context.live.at(record.uuid);
  const std::optional<Run> run = begin_stop(context, record, live, call.actor);
  if (!run) return;
  try {
    if (timeout.count() > 0 && stop_gently(context, run->record, live, run->generation, timeout, call))
      return;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kConflict) throw;  // cancelled
  }
  finish(context, run->record, live, run->generation);
}

void check_runs(Context& context, const ContainerRecord& record) {
  generation_of(context.live.at(record.uuid), record);
}

void kill_and_wait(Context& context, const ContainerRecord& record, const Actor& actor) {
  Call call;
  call.actor = actor;
  try {
    stop_container(context, record, std::chrono::seconds(0), call);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kConflict) throw;  // only its record says that it runs
  }
}

}  // namespace croft::ctl
