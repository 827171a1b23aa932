// container.copy: files in or out, as a tar archive that goes past the daemon: a program of its own works
// with the rights of the container's root (ctl/copy/copy_main.cc), on the client's descriptor.
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <sstream>

#include "ctl/lifecycle/inside.h"
#include "ctl/lifecycle/session.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kMostPaths = 1024;
constexpr std::size_t kLongestPath = 4095;
constexpr std::size_t kMostComplaint = 65536;
constexpr unsigned kLastId = 65535;
constexpr int kTick = 500;   // ms between two words about how far it is
constexpr int kFailed = 64;  // of croft-copy: and the kind of the error

constexpr int kCleaningTime = 2000;  // ms: a copier that nobody listens to removes what is half made

struct Wanted {
  bool inward = false;
  bool rehearsal = false;
  std::vector<std::string> words;
};

std::vector<std::string> paths_of(const Json& body) {
  const Json list = body.value("paths", Json());
  if (!list.is_array() || list.empty() || list.size() > kMostPaths)
    throw runtime::wrong_field("paths", "must be a list of 1 to 1024 paths");
  std::vector<std::string> paths;
  for (const Json& path : list) {
    if (!path.is_string() || path.get<std::string>().empty() ||
        path.get<std::string>().size() > kLongestPath ||
        path.get<std::string>().find('\0') != std::string::npos)
      throw runtime::wrong_field("paths", "must be texts of 1 to 4095 bytes without NUL");
    paths.push_back(path);
  }
  return paths;
}

bool is_id(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value <= kLastId;
}

std::string owner_of(const Json& body) {
  const Json owner = body.value("owner", Json("keep"));
  std::string text = owner.is_string() ? owner.get<std::string>() : "";
  const std::size_t colon = text.find(':');
  if (text == "keep" ||
      (colon != std::string::npos && is_id(text.substr(0, colon)) && is_id(text.substr(colon + 1))))
    return text;
  throw runtime::wrong_field("owner", "must be UID:GID, two numbers from 0 to 65535");
}

bool flag_of(const Json& body, const char* name) {
  const Json flag = body.value(name, Json(false));
  if (!flag.is_boolean()) throw runtime::wrong_field(name, "must be true or false");
  return flag;
}

Wanted wanted_of(const Json& body) {
  check_members(body, {"direction", "paths", "into", "packed", "owner", "dry_run"});
  const Json direction = body.is_object() ? body.value("direction", Json()) : Json();
  if (direction != "in" && direction != "out")
    throw runtime::wrong_field("direction", "must be `in` or `out`");
  Wanted wanted;
  wanted.inward = direction == "in";
  wanted.rehearsal = flag_of(body, "dry_run");
  const std::vector<std::string> paths = paths_of(body);
  const bool into = flag_of(body, "into");
  const bool packed = flag_of(body, "packed");
  const std::string owner = owner_of(body);
  if (wanted.inward && paths.size() != 1) throw runtime::wrong_field("paths", "must be one path, for `in`");
  if (wanted.inward)
    wanted.words = {"place", paths.front(), into ? "into" : "as", owner, "7777"};
  else
    wanted.words = {"pack", packed ? "zstd" : "plain"};
  if (!wanted.inward) wanted.words.insert(wanted.words.end(), paths.begin(), paths.end());
  if (wanted.rehearsal) wanted.words.insert(wanted.words.begin(), "try");
  return wanted;
}

// How much it has read or written, both of the archive and of files; empty when it has ended.
std::string progress_line(pid_t pid) {
  constexpr std::string_view kKey = "wchar: ";
  std::string text;
  try {
    text = runtime::read_file("/proc/" + std::to_string(pid) + "/io");
  } catch (const Error&) {  // it has just ended
    return {};
  }
  const std::size_t at = text.find(kKey);
  if (at == std::string::npos) return {};
  std::uint64_t bytes = 0;
  std::from_chars(text.data() + at + kKey.size(), text.data() + text.size(), bytes);
  const Json progress{
      {"what", "copied " + std::to_string(bytes >> 20U) + " MiB"}, {"percent", -1}, {"bytes", bytes}};
  return Json{{"progress", progress}}.dump() + "\n";
}

// It ends by itself when it sees that nobody reads its errors; frozen, or stuck in a file system that
// somebody inside serves, it does not.
[[noreturn]] void cancel(const Joined& joined, runtime::Fd& errors) {
  errors.reset();
  pollfd ended{joined.pidfd.get(), POLLIN, 0};
  if (poll(&ended, 1, kCleaningTime) <= 0)
    syscall(SYS_pidfd_send_signal, joined.pidfd.get(), SIGKILL, nullptr, 0U);
  throw Error(ErrorKind::kConflict, "cancelled");
}

// Until it has ended; that is brought about when the client or the daemon goes. What it complained of.
std::string follow(const Stream& stream, const Joined& joined, runtime::Fd& errors) {
  std::string complaint;
  std::array<char, 4096> buffer{};
  while (true) {
    std::array<pollfd, 3> waiting{pollfd{joined.pidfd.get(), POLLIN, 0}, pollfd{errors.get(), POLLIN, 0},
                                  pollfd{stream.socket.get(), POLLRDHUP, 0}};
    const int ready = poll(waiting.data(), waiting.size(), kTick);
    const std::string line = ready == 0 ? progress_line(joined.pid) : "";
    if (waiting[2].revents != 0 || stream.closing->load() || (!line.empty() && !send_line(stream, line)))
      cancel(joined, errors);
    if ((waiting[1].revents & POLLIN) != 0) {
      const ssize_t got = read(errors.get(), buffer.data(), buffer.size());
      if (got > 0 && complaint.size() < kMostComplaint)
        complaint.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (waiting[0].revents != 0) {
      return complaint;
    } else if (waiting[1].revents != 0) {  // closed: it is about to end
      pollfd ended{joined.pidfd.get(), POLLIN, 0};
      poll(&ended, 1, kTick);
    }
  }
}

void require_good(const std::optional<runtime::ExitRecord>& end, const std::string& complaint) {
  const bool exited = end && end->kind == runtime::ExitKind::kExited;
  if (exited && end->status == 0) return;
  if (end && end->kind == runtime::ExitKind::kKilled)
    throw Error(ErrorKind::kConflict, "croft-copy was killed before its work was done")
        .cure("the container was stopped, or has too little memory");
  ErrorKind kind = ErrorKind::kSystem;
  if (exited && end->status >= kFailed)
    kind = static_cast<ErrorKind>(
        std::min(static_cast<int>(end->status) - kFailed, static_cast<int>(ErrorKind::kSystem)));
  throw Error(kind, complaint.empty() ? "croft-copy ended before its work was done" : complaint);
}

// What it had to say, a line each.
Json notes_of(const std::string& complaint) {
  Json notes = Json::array();
  std::istringstream text(complaint);
  for (std::string line; std::getline(text, line);) notes.push_back(line);
  return notes;
}

Json copy(Context& context, const ContainerRecord& record, const Wanted& wanted, runtime::Fd archive,
          const Stream& stream) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) runtime::fail_errno("cannot make a pipe");
  runtime::Fd errors(ends[0]);
  CopierRequest request{wanted.words, wanted.inward, runtime::make_slot(std::move(archive)),
                        runtime::make_slot(runtime::Fd(ends[1]))};
  const Joined joined = start_copier(context, record, request);
  request.archive->reset();
  request.errors->reset();
  std::string complaint = follow(stream, joined, errors);
  while (!complaint.empty() && complaint.back() == '\n') complaint.pop_back();
  require_good(context.execs.wait(joined.name, std::chrono::seconds(10)), complaint);
  return {{"name", record.name}, {"tenant", record.tenant}, {"notes", notes_of(complaint)}};
}

}  // namespace

void copy_session(Context& context, const Call& call, Stream stream) {
  const Wanted wanted = wanted_of(call.body);
  const ContainerRecord record = container_of(context, call);
  std::vector<runtime::Fd> fds = receive_first(stream, 1);
  try {
    Json done = copy(context, record, wanted, std::move(fds[0]), stream);
    const Json said{{"direction", wanted.inward ? "in" : "out"}, {"paths", call.body.at("paths")}};
    if (wanted.rehearsal)
      done["dry_run"] = true;
    else
      context.registry.append_event(event_of(call.actor, "container.copy", said), record.object(),
                                    record.uuid);
    send_line(stream, Json{{"done", done}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  } catch (Error& error) {
    send_line(stream, error_line(error.wrap("cannot copy files of `" + record.object() + "`")));
  }
}

}  // namespace croft::ctl
