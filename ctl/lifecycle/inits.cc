#include "ctl/lifecycle/inits.h"

#include <csignal>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

const std::vector<InitWay>& ways() {
  static const std::vector<InitWay> table{
      // systemd(1): SIGRTMIN+3 starts halt.target, which in a container ends the init.
      {.kind = InitKind::kSystemd,
       .stop_signal = SIGRTMIN + 3,
       .stop_command = {},
       .up_command = {"systemctl", "is-system-running"},
       .up_wait = "--wait",
       .delegate = true},
      // sysvinit's signals mean power failure, which distributions treat differently: ask for runlevel 0
      // instead.
      {.kind = InitKind::kSysvinit,
       .stop_signal = 0,
       .stop_command = {"/sbin/telinit", "0"},
       .up_command = {}},
      {.kind = InitKind::kOpenrc,
       .stop_signal = 0,
       .stop_command = {"/sbin/openrc-shutdown", "--poweroff", "now"},
       .up_command = {}},
      // busybox init: SIGUSR2 is poweroff.
      {.kind = InitKind::kBusybox, .stop_signal = SIGUSR2, .stop_command = {}, .up_command = {}},
      {.kind = InitKind::kCommand,
       .stop_signal = SIGTERM,
       .stop_command = {},
       .up_command = {},
       .delegate = false,
       .whole_system = false},
  };
  return table;
}

InitKind of_template(templates::InitKind kind) {
  switch (kind) {
    case templates::InitKind::kSystemd:
      return InitKind::kSystemd;
    case templates::InitKind::kOpenrc:
      return InitKind::kOpenrc;
    case templates::InitKind::kSysvinit:
      return InitKind::kSysvinit;
    case templates::InitKind::kBusybox:
      return InitKind::kBusybox;
    default:
      return InitKind::kCommand;
  }
}

}  // namespace

const InitWay& way_of(InitKind kind) {
  for (const InitWay& way : ways())
    if (way.kind == kind) return way;
  throw runtime::Error(runtime::ErrorKind::kInvalid, "this kind of init is not resolved");
}

InitKind resolve_init(const Spec& spec, const templates::Manifest& manifest) {
  if (spec.init != InitKind::kAuto) return spec.init;
  if (!spec.command.empty()) return InitKind::kCommand;
  if (manifest.init != templates::InitKind::kNone) return of_template(manifest.init);
  throw runtime::Error(runtime::ErrorKind::kInvalid, "template `" + manifest.name + "` has no init")
      .cure("give a command to run: command=[\"/bin/sh\"]");
}

std::vector<std::string> init_command(const Spec& spec, const templates::Manifest& manifest, InitKind kind) {
  if (!spec.command.empty()) return spec.command;
  if (!manifest.command.empty()) return manifest.command;
  if (kind == InitKind::kOpenrc) return {"/sbin/openrc-init"};
  return {"/sbin/init"};
}

}  // namespace croft::ctl
