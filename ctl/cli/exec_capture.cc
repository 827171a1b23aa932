#include "ctl/cli/exec_capture.h"

#include <sys/mman.h>
#include <unistd.h>

#include <sstream>

#include "ctl/cli/exec_session.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/terminal.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// A file in memory. What a command inside writes is pumped into it: it never gets the file itself.
runtime::Fd memory_file(const std::string& content) {
  runtime::Fd file(memfd_create("croft-exec", MFD_CLOEXEC));
  if (!file) runtime::fail_errno("cannot make a file in memory");
  if (!write_all(file.get(), content) || lseek(file.get(), 0, SEEK_SET) != 0)
    runtime::fail_errno("cannot fill a file in memory");
  return file;
}

std::string content_of(const runtime::Fd& file) {
  const off_t size = lseek(file.get(), 0, SEEK_END);
  if (size < 0 || static_cast<std::size_t>(size) > kMaxCaptured)
    throw Error(ErrorKind::kExhausted, "the command inside wrote more than 1 MiB");
  std::string text(static_cast<std::size_t>(size), '\0');
  if (pread(file.get(), text.data(), text.size(), 0) != size)
    runtime::fail_errno("cannot read a file in memory");
  return text;
}

}  // namespace

Captured exec_captured(const Invocation& call, const Target& target, const std::vector<std::string>& command,
                       const std::string& user, const std::string& input) {
  const runtime::Fd in = memory_file(input);
  const runtime::Fd out = memory_file("");
  const runtime::Fd err = memory_file("");
  std::ostringstream said;  // what croft itself has to say of it
  Screen screen{.out = said, .err = said};
  const Invocation inner{
      call.command, call.arguments, screen, {in.get(), out.get(), err.get()}, call.environment};
  Captured captured;
  captured.status =
      run_exec(inner, {.target = container_path(target, "exec"),
                       .body = {{"command", command}, {"user", user}},
                       .tty = false,
                       .input = Input::kPassed,
                       .attempt = "cannot execute `" + command.front() + "` in `" + target.shown + "`"});
  captured.out = content_of(out);
  captured.err = content_of(err);
  if (captured.status == kExitCommandNotFound)
    throw Error(ErrorKind::kUnsupported, "`" + target.shown + "` has no " + command.front());
  return captured;
}

}  // namespace croft::ctl
