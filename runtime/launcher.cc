#include "runtime/launcher.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "runtime/child.h"
#include "runtime/error.h"

namespace croft::runtime {
namespace {

constexpr std::chrono::seconds kAnswerTime{10};  // the keeper answers in well under a millisecond

Fd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw Error(ErrorKind::kInvalid, "the path `" + path + "` is too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket) fail_errno("cannot make a socket");
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    throw Error(ErrorKind::kUnavailable, "cannot reach the keeper at `" + path + "`", error);
  }
  return socket;
}

// The program itself not being there, or not being a program, is told by the kind (as a shell tells by 127
// and 126); what a step before it could not find is a failure of the launch.
ErrorKind kind_of(const Description& step, int error_number) {
  const ErrorKind kind = kind_of_errno(error_number);
  const bool program = step.verb == "exec";
  return !program && (kind == ErrorKind::kNotFound || kind == ErrorKind::kRefused) ? ErrorKind::kSystem
                                                                                   : kind;
}

[[noreturn]] void throw_failure(const Launch& launch, const Report& report) {
  const std::vector<Description> shown = launch.list->describe();
  if (report.step >= shown.size()) throw Error(ErrorKind::kSystem, "the launch list does not end in exec");
  const Description& step = shown[report.step];
  if (step.verb == "exec")
    throw Error(kind_of(step, report.error), "cannot execute `" + step.object + "`", report.error);
  throw Error(kind_of(step, report.error),
              "cannot " + to_text(step) + " (stage " + launch.list->stage_of(report.step) + ")",
              report.error);
}

std::uint32_t last_stage(const LaunchList& list) {
  const std::vector<Description> shown = list.describe();
  for (std::size_t i = shown.size(); i > 0; --i)
    if (shown[i - 1].verb == "stage") return static_cast<std::uint32_t>(i - 1);
  return 0;
}

void wait_readable(const Launch& launch, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{launch.channel.get(), POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) fail_errno("cannot wait for the launch");
    if (ready == 0) throw Error(ErrorKind::kTimeout, "the new process did not get to its exec in time");
  }
}

// Throws what the process reported, if it is gone for that.
void throw_reported(const Launch& launch) {
  Report report{};
  for (;;) {
    const ssize_t size = recv(launch.channel.get(), &report, sizeof report, MSG_DONTWAIT);
    // That it left something unread is told once, and before what it sent.
    if (size < 0 && errno == ECONNRESET) continue;
    if (size != static_cast<ssize_t>(sizeof report)) return;
    if (report.kind == ReportKind::kFailed) throw_failure(launch, report);
  }
}

std::string receive_report(const Launch& launch, std::vector<Fd>* fds) {
  try {
    return receive_with_fds(launch.channel.get(), sizeof(Report), fds);
  } catch (const Error&) {
    throw_reported(launch);
    throw;
  }
}

void send_word(const Launch& launch, char word, const std::vector<int>& fds) {
  try {
    send_with_fds(launch.channel.get(), std::string_view(&word, 1), fds);
  } catch (Error& error) {
    throw_reported(launch);
    throw error.wrap("the new process ended early");
  }
}

}  // namespace

Fd open_namespace(const Launch& launch, const std::string& name) {
  try {
    return open_file("/proc/" + std::to_string(launch.pid) + "/ns/" + name, O_RDONLY);
  } catch (Error& error) {
    throw_reported(launch);
    throw error.wrap("the new process ended early");
  }
}

void send_go(const Launch& launch) {
  send_word(launch, kWordGo, {});
}

void send_slot(const Launch& launch, const Fd& fd) {
  send_word(launch, kWordFd, {fd.get()});
}

void finish_launch(Launch& launch, int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  const std::uint32_t final_stage = last_stage(*launch.list);
  bool at_end = false;
  for (;;) {
    wait_readable(launch, deadline);
    std::vector<Fd> fds;
    const std::string bytes = receive_report(launch, &fds);
    if (bytes.empty()) break;
    Report report{};
    if (bytes.size() != sizeof report)
      throw Error(ErrorKind::kSystem, "the new process sent a damaged report");
    std::memcpy(&report, bytes.data(), sizeof report);
    if (report.kind == ReportKind::kFailed) throw_failure(launch, report);
    if (report.kind == ReportKind::kTerminal && fds.size() == 1) launch.terminal = std::move(fds[0]);
    if (report.kind == ReportKind::kStage && report.step == final_stage) at_end = true;
  }
  if (!at_end) throw Error(ErrorKind::kSystem, "the new process was killed before its exec");
}

KeeperClient::KeeperClient(const std::string& socket_path, KeeperEvents events)
    : socket_(connect_to(socket_path)), events_(std::move(events)) {
  reader_ = std::thread([this] { read_loop(); });
  try {
    const Reply reply = ask({.type = FrameType::kHello, .a = kProtocolVersion}, {}, {});
    if (reply.frame.a != 0)
      throw Error(ErrorKind::kUnsupported, "the keeper speaks protocol version " +
                                               std::to_string(reply.frame.b) + ", this daemon version " +
                                               std::to_string(kProtocolVersion))
          .cure(
              "start the older daemon, upgrade the keeper with `croft host upgrade-keeper`, then start this "
              "one");
    pid_ = static_cast<pid_t>(reply.frame.c);
  } catch (...) {
    closing_ = true;
    shutdown(socket_.get(), SHUT_RDWR);
    reader_.join();
    throw;
  }
}

KeeperClient::~KeeperClient() {
  closing_ = true;
  shutdown(socket_.get(), SHUT_RDWR);
  if (reader_.joinable()) reader_.join();
}

KeeperClient::Reply KeeperClient::ask(Frame frame, std::string_view body, const std::vector<int>& fds) {
  std::future<Reply> answer;
  {
    const std::lock_guard lock(mutex_);
    if (lost_) throw Error(ErrorKind::kUnavailable, "the keeper is gone");
    frame.request = next_request_++;
    answer = waiting_[frame.request].get_future();
    try {
      send_with_fds(socket_.get(), encode(frame, body), fds);
    } catch (...) {
      waiting_.erase(frame.request);
      throw;
    }
  }
  if (answer.wait_for(kAnswerTime) == std::future_status::timeout) {
    const std::lock_guard lock(mutex_);
    waiting_.erase(frame.request);
    throw Error(ErrorKind::kTimeout, "the keeper does not answer");
  }
  return answer.get();
}

void KeeperClient::read_loop() {
  while (!closing_) {
    std::vector<Fd> fds;
    std::string bytes;
    try {
      bytes = receive_with_fds(socket_.get(), kMaxFrame, &fds);
    } catch (const Error&) {
      bytes.clear();
    }
    Frame frame;
    std::string_view body;
    if (bytes.empty() || !decode(bytes, &frame, &body)) break;
    take(frame, std::move(fds));
  }
  fail_all();
  if (!closing_ && events_.on_lost) events_.on_lost();
}

void KeeperClient::take(const Frame& frame, std::vector<Fd> fds) {
  const ProcessName name{frame.tag, frame.generation, frame.process};
  if (frame.type == FrameType::kExit && events_.on_exit) {
    events_.on_exit(
        {frame.tag, frame.generation, frame.process, static_cast<ExitKind>(frame.b), frame.c, frame.a});
  } else if (frame.type == FrameType::kConsole && fds.size() == 1 && events_.on_console) {
    events_.on_console(name, std::move(fds[0]));
  } else if (frame.type == FrameType::kJoined && fds.size() == 1) {
    const std::lock_guard lock(mutex_);
    const auto found = joining_.find(name);
    if (found == joining_.end()) return;
    found->second.set_value({name, static_cast<pid_t>(frame.a), std::move(fds[0]), Fd()});
  } else if (frame.type == FrameType::kReply) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(frame.request);
    if (found == waiting_.end()) return;
    found->second.set_value({frame, std::move(fds)});
    waiting_.erase(found);
  }
}

bool KeeperClient::lost() {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void KeeperClient::fail_all() {
  const std::lock_guard lock(mutex_);
  lost_ = true;
  const auto gone = std::make_exception_ptr(Error(ErrorKind::kUnavailable, "the keeper is gone"));
  for (auto& [request, promise] : waiting_) promise.set_exception(gone);
  for (auto& [name, promise] : joining_) {
    try {
      promise.set_exception(gone);
    } catch (const std::future_error&) {  // already has its value
      continue;
    }
  }
  waiting_.clear();
}

namespace {

LaunchBody body_of(const LaunchRequest& request) {
  LaunchBody body;
  if (request.uids.size() > kMaxExtents || request.gids.size() > kMaxExtents)
    throw Error(ErrorKind::kInvalid, "more than " + std::to_string(kMaxExtents) + " id extents");
  if (request.log_path.size() >= body.log_path.size())
    throw Error(ErrorKind::kInvalid, "the path `" + request.log_path + "` of the console log is too long");
  body.clone_flags = request.clone_flags;
  body.has_cgroup = request.cgroup != nullptr && *request.cgroup ? 1 : 0;
  body.uid_extents = static_cast<std::uint32_t>(request.uids.size());
  body.gid_extents = static_cast<std::uint32_t>(request.gids.size());
  std::copy(request.uids.begin(), request.uids.end(), body.uids.begin());
  std::copy(request.gids.begin(), request.gids.end(), body.gids.begin());
  body.log_limit = request.log_limit;
  std::copy(request.log_path.begin(), request.log_path.end(), body.log_path.begin());
  return body;
}

void check(const Frame& reply, const std::string& what) {
  if (reply.a == 0) return;
  const int error_number = static_cast<int>(reply.a);
  throw Error(kind_of_errno(error_number), what, error_number);
}

}  // namespace

Launch KeeperClient::launch(const LaunchRequest& request, const LaunchList& list) {
  const LaunchBody body = body_of(request);
  const Fd memory = sealed_memory("launch-list", list.pack());
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0)
    fail_errno("cannot make a channel");
  Launch launch{
      .list = &list, .name = request.name, .pid = 0, .pidfd = {}, .channel = Fd(pair[0]), .terminal = {}};
  const Fd theirs(pair[1]);
  std::vector<int> fds{memory.get(), theirs.get()};
  if (body.has_cgroup != 0) fds.push_back(request.cgroup->get());
  for (const FdSlot& slot : list.passed()) fds.push_back(slot->get());
  {
    const std::lock_guard lock(mutex_);
    if (request.name.process != 0) joining_[request.name] = {};
  }
  const Frame frame{.type = FrameType::kLaunch,
                    .tag = request.name.tag,
                    .generation = request.name.generation,
                    .process = request.name.process};
  Reply reply = ask(frame, std::string_view(reinterpret_cast<const char*>(&body), sizeof body), fds);
  check(reply.frame, "cannot clone a process");
  if (reply.fds.size() != 1) throw Error(ErrorKind::kSystem, "the keeper sent no pidfd");
  launch.pid = static_cast<pid_t>(reply.frame.b);
  launch.pidfd = std::move(reply.fds[0]);
  return launch;
}

WatchedProcess KeeperClient::joined(const ProcessName& name) {
  std::future<WatchedProcess> answer;
  {
    const std::lock_guard lock(mutex_);
    answer = joining_.at(name).get_future();
  }
  if (answer.wait_for(kAnswerTime) == std::future_status::timeout)
    throw Error(ErrorKind::kTimeout, "the keeper does not tell of the process that joined");
  WatchedProcess process = answer.get();
  forget_joined(name);
  return process;
}

void KeeperClient::forget_joined(const ProcessName& name) {
  const std::lock_guard lock(mutex_);
  joining_.erase(name);
}

std::vector<WatchedProcess> KeeperClient::list() {
  std::vector<WatchedProcess> result;
  for (std::int64_t index = 0;;) {
    Reply reply = ask({.type = FrameType::kNext, .a = index}, {}, {});
    if (reply.frame.a == ENOENT) return result;
    check(reply.frame, "cannot list the keeper's processes");
    if (reply.fds.empty()) throw Error(ErrorKind::kSystem, "the keeper sent no pidfd");
    WatchedProcess process;
    process.name = {reply.frame.tag, reply.frame.generation, reply.frame.process};
    process.pid = static_cast<pid_t>(reply.frame.b);
    process.pidfd = std::move(reply.fds[0]);
    if (reply.fds.size() > 1) process.console = std::move(reply.fds[1]);
    result.push_back(std::move(process));
    index = reply.frame.c;
  }
}

namespace {

Frame frame_for(FrameType type, const ProcessName& name) {
  return {.type = type, .tag = name.tag, .generation = name.generation, .process = name.process};
}

}  // namespace

void KeeperClient::acknowledge(const ProcessName& name) {
  const Reply reply = ask(frame_for(FrameType::kAcknowledge, name), {}, {});
  if (reply.frame.a != ENOENT) check(reply.frame, "cannot acknowledge an exit");
}

void KeeperClient::attach_console(const ProcessName& name, const Fd& viewer) {
  const Reply reply = ask(frame_for(FrameType::kAttach, name), {}, {viewer.get()});
  if (reply.frame.a == ENOENT) throw Error(ErrorKind::kConflict, "there is no console");
  if (reply.frame.a == EBUSY) throw Error(ErrorKind::kBusy, "the console has as many viewers as it can have");
  check(reply.frame, "cannot attach to the console");
}

void KeeperClient::adopt(const WatchedProcess& process, const std::string& log_path,
                         std::uint32_t log_limit) {
  Frame frame = frame_for(FrameType::kAdopt, process.name);
  frame.a = process.pid;
  frame.b = log_limit;
  std::vector<int> fds{process.pidfd.get()};
  if (process.console) fds.push_back(process.console.get());
  check(ask(frame, log_path, fds).frame, "cannot hand a process to the keeper");
}

void KeeperClient::upgrade(const std::string& program) {
  check(ask({.type = FrameType::kUpgrade}, program, {}).frame,
        "cannot upgrade the keeper to `" + program + "`");
}

pid_t KeeperClient::serve(const std::vector<std::string>& words, const std::vector<int>& fds) {
  std::string command;
  for (const std::string& word : words) command += (command.empty() ? "" : "\t") + word;
  const Reply reply = ask({.type = FrameType::kServe}, command, fds);
  if (reply.frame.a == EEXIST) throw Error(ErrorKind::kConflict, "the keeper serves something already");
  check(reply.frame, "cannot have the keeper run `" + words.front() + "`");
  return static_cast<pid_t>(reply.frame.b);
}

std::vector<Fd> KeeperClient::served() {
  Reply reply = ask({.type = FrameType::kServe}, {}, {});
  if (reply.frame.a == ENOENT) return {};
  check(reply.frame, "cannot ask the keeper what it serves");
  return std::move(reply.fds);
}

void KeeperClient::stop() {
  check(ask({.type = FrameType::kStop}, {}, {}).frame, "cannot stop the keeper");
}

}  // namespace croft::runtime
