// container.exec and container.run: a process inside whose streams are the client's.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "ctl/lifecycle/destroy.h"
#include "ctl/lifecycle/inside.h"
#include "ctl/lifecycle/session.h"
#include "ctl/lifecycle/start.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/json.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kMaxWords = 1024;
constexpr int kPollTime = 500;  // ms between looks at whether the daemon stops

void check_text(const std::string& text, const std::string& path, std::vector<runtime::FieldError>& wrong) {
  if (text.find('\0') != std::string::npos) wrong.push_back({path, "contains a NUL"});
}

std::vector<std::string> command_of(const Json& body, std::vector<runtime::FieldError>& wrong) {
  std::vector<std::string> command;
  const Json list = body.value("command", Json::array());
  if (!list.is_array() || list.size() > kMaxWords) {
    wrong.push_back({"command", "must be a list of at most " + std::to_string(kMaxWords) + " texts"});
    return command;
  }
  for (const Json& word : list) {
    if (!word.is_string()) {
      wrong.push_back({"command", "must be a list of texts"});
      break;
    }
    command.push_back(word);
    check_text(command.back(), "command", wrong);
  }
  if (!command.empty() && command.front().empty()) wrong.push_back({"command", "has an empty program name"});
  return command;
}

std::vector<std::pair<std::string, std::string>> env_of(const Json& body,
                                                        std::vector<runtime::FieldError>& wrong) {
  std::vector<std::pair<std::string, std::string>> env;
  const Json map = body.value("env", Json::object());
  if (!map.is_object() || map.size() > kMaxWords) {
    wrong.push_back({"env", "must be an object of texts"});
    return env;
  }
  for (const auto& [name, value] : map.items()) {
    const std::string path = "env." + shown(name);
    if (!value.is_string() || name.empty() ||
        name.find_first_of(std::string("=\n\0", 3)) != std::string::npos) {
      wrong.push_back({path, "must be a text under a name without `=`"});
      continue;
    }
    check_text(value.get<std::string>(), path, wrong);
    env.emplace_back(name, value);
  }
  return env;
}

std::uint16_t size_of(const Json& body, const char* name, std::vector<runtime::FieldError>& wrong) {
  const Json value = body.value(name, Json(0));
  if (value.is_number_integer() && value.get<std::int64_t>() >= 0 && value.get<std::int64_t>() <= 10'000)
    return value.get<std::uint16_t>();
  wrong.push_back({name, "must be a number from 0 to 10000"});
  return 0;
}

std::string text_of(const Json& body, const char* name, std::string fallback,
                    std::vector<runtime::FieldError>& wrong) {
  if (!body.contains(name)) return fallback;
  if (!body[name].is_string()) {
    wrong.push_back({name, "must be a text"});
    return fallback;
  }
  std::string text = body[name];
  check_text(text, name, wrong);
  return text.empty() ? fallback : text;
}

JoinRequest request_of(const Json& body) {
  check_members(body, {"command", "env", "user", "workdir", "tty", "rows", "columns"});
  const Json object = body.is_null() ? Json::object() : body;
  std::vector<runtime::FieldError> wrong;
  JoinRequest request;
  request.command = command_of(object, wrong);
  request.env = env_of(object, wrong);
  request.user = text_of(object, "user", request.user, wrong);
  request.workdir = text_of(object, "workdir", "", wrong);
  const Json tty = object.value("tty", Json(false));
  if (!tty.is_boolean()) wrong.push_back({"tty", "must be true or false"});
  request.tty = tty.is_boolean() && tty.get<bool>();
  request.rows = size_of(object, "rows", wrong);
  request.columns = size_of(object, "columns", wrong);
  if (!wrong.empty()) throw Error(std::move(wrong));
  return request;
}

void forward_signal(const std::string& line, const runtime::Fd& pidfd) {
  const Json message = Json::parse(line, nullptr, false);
  if (!message.is_object() || !message.contains("signal") || !message["signal"].is_number_integer()) return;
  const auto number = message["signal"].get<std::int64_t>();
  if (number < 1 || number > 64) return;
  syscall(SYS_pidfd_send_signal, pidfd.get(), static_cast<int>(number), nullptr, 0);
}

// Until the process has ended or the daemon stops: forwards the client's signals. A client that goes away
// leaves the process to its closed streams.
void follow(const Stream& stream, const runtime::Fd& pidfd) {
  LineReader lines;
  bool connected = true;
  while (!stream.closing->load()) {
    std::array<pollfd, 2> waiting{pollfd{pidfd.get(), POLLIN, 0},
                                  pollfd{connected ? stream.socket.get() : -1, POLLIN, 0}};
    if (poll(waiting.data(), waiting.size(), kPollTime) <= 0) continue;
    if (waiting[1].revents != 0) {
      connected = lines.read(stream.socket.get());
      while (const auto line = lines.next()) forward_signal(*line, pidfd);
    }
    if (waiting[0].revents != 0) return;
  }
}

void report_end(Context& context, const Stream& stream, const runtime::ProcessName& name) {
  if (const auto record = context.execs.wait(name, std::chrono::seconds(10)))
    send_line(stream, exit_line(*record));
}

std::string started_line(pid_t pid, const runtime::ProcessName& name) {
  return Json{{"started", pid}, {"exec", Execs::id_of(name)}}.dump() + "\n";
}

std::array<runtime::FdSlot, 3> streams_of(const Stream& stream, bool tty) {
  std::vector<runtime::Fd> fds = receive_first(stream, tty ? 0 : 3);
  if (tty) return {};
  return {runtime::make_slot(std::move(fds[0])), runtime::make_slot(std::move(fds[1])),
          runtime::make_slot(std::move(fds[2]))};
}

}  // namespace

static void serve_exec(Context& context, const Call& call, const Stream& stream) {
  const ContainerRecord record = container_of(context, call);
  JoinRequest request = request_of(call.body);
  request.streams = streams_of(stream, request.tty);
  Joined joined = join_container(context, record, request);
  request.streams = {};  // the client's pipes must close when the process's copies do
  send_line(stream, started_line(joined.pid, joined.name), joined.terminal.get());
  joined.terminal = {};  // only the client has it now: the process is hung up when it goes away
  follow(stream, joined.pidfd);
  report_end(context, stream, joined.name);
}

namespace {

// An ephemeral container that could not be started would stay behind without anybody knowing its name.
Started start_or_remove(Context& context, const ContainerRecord& record, const StartRequest& request) {
  try {
    return start_container(context, record, request);
  } catch (const Error&) {
    if (record.spec.json().value("ephemeral", false))
      destroy_now(context, context.registry.get(record.uuid), request.actor);
    throw;
  }
}

}  // namespace

// Starts a container with the client's streams as those of its first process, and passes that one's end on.
static void serve_run(Context& context, const Call& call, const Stream& stream) {
  const ContainerRecord named = container_of(context, call);
  check_members(call.body, {"tty", "rows", "columns"});
  const JoinRequest wanted = request_of(call.body);
  StartRequest request{.actor = call.actor,
                       .streams = wanted.tty ? Streams::kTerminal : Streams::kPassed,
                       .rows = wanted.rows,
                       .columns = wanted.columns};
  request.passed = streams_of(stream, wanted.tty);
  Started started;
  {
    const Activity activity(context.live.at(named.uuid), "starting", named.object());
    const ContainerRecord record = context.registry.get(named.uuid);
    context.execs.started(process_name(record, record.generation + 1));
    started = start_or_remove(context, record, request);
  }
  request.passed = {};
  send_line(stream, started_line(started.pid, started.name), started.terminal.get());
  started.terminal = {};
  follow(stream, started.pidfd);
  report_end(context, stream, started.name);
}

namespace {

// What a shell would say of it: 127 for a program that is not there, 126 for one that cannot be run, and 125,
// as other tools that run commands for somebody have it, for everything that is not the program's fault.
int exit_status_of(const Error& error) {
  const bool program = std::string_view(error.what()).find("cannot execute `") != std::string_view::npos;
  if (program && error.kind() == ErrorKind::kNotFound) return 127;
  return program && error.kind() == ErrorKind::kRefused ? 126 : 125;
}

void send_error(const Stream& stream, const Error& error) {
  Json problem = Json::parse(error_line(error)).at("error");
  problem["exit_status"] = exit_status_of(error);
  send_line(stream, Json{{"error", std::move(problem)}}.dump() + "\n");
}

}  // namespace

void exec_session(Context& context, const Call& call, Stream stream) {
  try {
    serve_exec(context, call, stream);
  } catch (const Error& error) {
    send_error(stream, error);
  }
}

void run_session(Context& context, const Call& call, Stream stream) {
  try {
    serve_run(context, call, stream);
  } catch (const Error& error) {
    send_error(stream, error);
  }
}

}  // namespace croft::ctl
