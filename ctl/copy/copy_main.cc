// croft-copy: one end of `croft cp`. It is run on the host by croft, and by croftd with the rights of a
// container's root (in its user namespace and cgroup alone, so that nobody inside can see or trace it); what
// it reads and writes lies below the directory that it is given as a descriptor.
//
//   croft-copy pack plain|zstd PATH...                    0: the root, 1: the archive
//   croft-copy place PATH into|as keep|own|UID:GID MODES  0: the archive, 1: the root
//   croft-copy try pack|place ...                         the same but for the work: says what it would be
//
// It leaves with 0, or with 64 and the kind of an error, whose text is on standard error. Whoever started it
// reads that to its end: once nobody does, what is half made is removed and it leaves.
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>

#include "ctl/copy/destination.h"
#include "ctl/copy/pack.h"
#include "ctl/copy/place.h"
#include "runtime/error.h"
#include "templates/archive.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr int kFailed = 64;

PlaceRules rules_of(const std::string& owner, const std::string& modes) {
  PlaceRules rules;
  rules.keep_owner = owner == "keep";
  if (const std::size_t colon = owner.find(':'); colon != std::string::npos)
    rules.owner = {static_cast<uid_t>(std::stoul(owner)),
                   static_cast<gid_t>(std::stoul(owner.substr(colon + 1)))};
  rules.modes = static_cast<mode_t>(std::stoul(modes, nullptr, 8)) & 07777;
  return rules;
}

void tell(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
}

void place(const std::vector<std::string>& words, bool rehearsal, const templates::Control& control) {
  const Fd archive(STDIN_FILENO);
  const Fd root(STDOUT_FILENO);
  Destination to = find_destination(root, words.at(1), words.at(2) == "into");
  if (rehearsal) return tell(describe_destination(to, words.at(1)));
  Place sink(std::move(to.base), std::move(to.name), rules_of(words.at(3), words.at(4)));
  templates::Report report;
  templates::read_archive(archive, control, report, sink);
  sink.finish();
  for (const std::string& note : report.notes) tell(note);
  if (sink.left_out() > 0)
    tell(std::to_string(sink.left_out()) + " device nodes, fifos and sockets left out");
}

void pack_all(const std::vector<std::string>& words, bool rehearsal, const templates::Control& control) {
  const Fd root(STDIN_FILENO);
  const Fd to(STDOUT_FILENO);
  const std::vector<std::string> paths(words.begin() + 2, words.end());
  if (rehearsal) {
    for (const std::string& path : paths) tell(describe_source(root, path));
    return;
  }
  templates::Report report;
  pack(root, paths, to, words[1] == "plain" ? templates::Packing::kNone : templates::Packing::kZstd, control,
       report);
  for (const std::string& note : report.notes) tell(note);
}

// Sets `cancelled` once nobody reads standard error any more.
void watch(const std::shared_ptr<std::atomic<bool>>& cancelled) {
  try {
    std::thread([cancelled] {
      pollfd reader{STDERR_FILENO, 0, 0};
      while (poll(&reader, 1, -1) < 0 && errno == EINTR) continue;
      *cancelled = true;
    }).detach();
  } catch (const std::system_error& error) {
    throw Error(ErrorKind::kExhausted, "cannot start a thread", error.code().value())
        .cure("inside a container, see its pids.limit");
  }
}

void work(std::vector<std::string> words, const templates::Control& control) {
  const bool rehearsal = !words.empty() && words.front() == "try";
  if (rehearsal) words.erase(words.begin());
  if (words.size() >= 3 && words[0] == "pack") return pack_all(words, rehearsal, control);
  if (words.size() == 5 && words[0] == "place") return place(words, rehearsal, control);
  throw Error(ErrorKind::kInvalid, "croft-copy is for croft and croftd");
}

// A terminal's signals are for croft, whose end is seen here. Nobody else is to read what is read here.
int run(const std::vector<std::string>& words) {
  for (const int number : {SIGPIPE, SIGINT, SIGQUIT, SIGHUP}) signal(number, SIG_IGN);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  umask(022);
  try {
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    watch(cancelled);
    templates::Control control;
    control.cancelled = cancelled.get();
    work(words, control);
    return EXIT_SUCCESS;
  } catch (const Error& error) {
    tell(error.what());
    return kFailed + static_cast<int>(error.kind());
  } catch (const std::exception& error) {
    tell(error.what());
    return kFailed + static_cast<int>(ErrorKind::kSystem);
  }
}

}  // namespace
}  // namespace croft::ctl

int main(int count, char** words) {
  return croft::ctl::run({words + 1, words + count});
}
