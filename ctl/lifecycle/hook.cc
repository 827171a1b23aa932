#include "ctl/lifecycle/hook.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "ctl/spec/json.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "runtime/program.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{200};  // between two looks whether the daemon stops

void check_owner(int fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) runtime::fail_errno("cannot look at `" + path + "`");
  if (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    throw Error(ErrorKind::kRefused, "`" + path + "` does not belong to root alone")
        .cure("chown root: '" + path + "' && chmod go-w '" + path + "'");
}

void check_program(const std::string& directory, const std::string& name) {
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos)
    throw Error(ErrorKind::kInvalid, "`" + name + "` is no plain file name");
  const runtime::Fd folder = runtime::open_file(directory, O_PATH | O_DIRECTORY);
  check_owner(folder.get(), directory);
  const std::string path = directory + "/" + name;
  const runtime::Fd program = runtime::open_file(path, O_PATH | O_NOFOLLOW);
  check_owner(program.get(), path);
}

// One of its two streams.
struct Ear {
  int fd;
  // Reads what there is; none is listened to any more at its end.
  void take(const pollfd& ready, std::string& said) {
    if (ready.revents == 0) return;
    std::array<char, 4096> buffer{};
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got > 0)
      said.append(buffer.data(), std::min(static_cast<std::size_t>(got), kMostSaid - said.size()));
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
      fd = -1;
  }
};

enum class Outcome { kEnded, kLate, kStopping };

// Listens until it has ended, and all that it said was read.
Outcome listen_to(const runtime::Program& program, const HostHook& hook, std::string& said) {
  const Clock::time_point deadline = Clock::now() + hook.limit;
  Ear output{program.output().get()};
  Ear errors{program.errors().get()};
  for (;;) {
    std::array<pollfd, 3> ready{pollfd{program.pidfd().get(), POLLIN, 0}, pollfd{output.fd, POLLIN, 0},
                                pollfd{errors.fd, POLLIN, 0}};
    poll(ready.data(), ready.size(), static_cast<int>(kLook.count()));
    output.take(ready[1], said);
    errors.take(ready[2], said);
    // Others that it left were killed with it, so that nobody holds the streams.
    if (ready[0].revents != 0 && ready[1].revents == 0 && ready[2].revents == 0) return Outcome::kEnded;
    if (Clock::now() >= deadline) return Outcome::kLate;
    if (hook.stopping && hook.stopping()) return Outcome::kStopping;
  }
}

std::vector<std::string> environment_of(const HostHook& hook) {
  std::vector<std::string> environment{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  for (const auto& [key, value] : hook.values) environment.push_back(key + "=" + value);
  return environment;
}

}  // namespace

std::string printable(std::string_view said) {
  std::string text(said.substr(0, kMostSaid));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  while (text.ends_with(' ')) text.pop_back();
  return parse_json(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

void fail_of_hook(const std::string& program, const std::string& how, const std::string& said) {
  const std::string text = printable(said);
  throw Error(ErrorKind::kSystem,
              "`" + program + "` " + how + (text.empty() ? ", and said nothing" : ": it said: " + text));
}

std::string run_on_host(const HostHook& hook) {
  check_program(hook.directory, hook.words.at(0));
  const std::string path = hook.directory + "/" + hook.words.at(0);
  std::vector<std::string> words = hook.words;
  words[0] = path;
  std::string said;
  runtime::Program program(words, environment_of(hook), {}, runtime::sealed_memory("hook", hook.input));
  switch (listen_to(program, hook, said)) {
    case Outcome::kLate:
      throw Error(ErrorKind::kTimeout, "`" + path + "` was killed: it took longer than " +
                                           std::to_string(hook.limit.count()) + " s; it said: `" +
                                           printable(said) + "`");
    case Outcome::kStopping:
      throw Error(ErrorKind::kConflict, "`" + path + "` was killed: nobody waits for it any more");
    case Outcome::kEnded:
      break;
  }
  const int status = program.wait();
  if (status != 0) fail_of_hook(path, "ended with status " + std::to_string(status), said);
  return said;
}

}  // namespace croft::ctl
