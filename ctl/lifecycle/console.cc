// container.console: connects a client to the console that the keeper holds. The daemon only introduces them:
// a client stays attached while the daemon restarts.
#include <sys/socket.h>

#include "ctl/lifecycle/session.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"

namespace croft::ctl {

using runtime::Error;
using runtime::ErrorKind;

void console_session(Context& context, const Call& call, Stream stream) {
  const ContainerRecord record = container_of(context, call);
  check_members(call.body, {});
  std::uint64_t generation = 0;
  {
    const std::shared_ptr<Live> live = context.live.at(record.uuid);
    const std::lock_guard lock(live->mutex);
    if (!live->running)
      throw Error(ErrorKind::kConflict, "`" + record.object() + "` does not run, so it has no console")
          .cure("croft logs " + record.name + " shows what its console said last");
    generation = live->generation;
  }
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0)
    runtime::fail_errno("cannot make a socket pair");
  const runtime::Fd keepers(pair[0]);
  const runtime::Fd clients(pair[1]);
  try {
    context.keeper.get()->attach_console(process_name(record, generation), keepers);
  } catch (Error& error) {
    if (error.kind() == ErrorKind::kConflict)
      error.wrap("`" + record.object() + "`")
          .cure("croft restart " + record.name + " gives it one, unless it has pty=false");
    throw;
  }
  send_line(stream, "{\"attached\":true}\n", clients.get());
}

}  // namespace croft::ctl
