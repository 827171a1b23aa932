#include "ctl/lifecycle/inside.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "cgroups/join.h"
#include "ctl/lifecycle/inits.h"
#include "ctl/lifecycle/plan.h"
#include "ctl/lifecycle/user.h"
#include "runtime/capabilities.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::uint64_t kJoined =
    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
constexpr std::uint64_t kNewTime = 0x80;  // CLONE_NEWTIME, which glibc 2.36 does not name
constexpr int kExecTime = 30'000;         // ms
constexpr std::size_t kMaxOutput = 65536;

// Its time namespace may be the host's; joining that one changes nothing.
std::uint64_t joined_namespaces() {
  return runtime::exists("/proc/self/ns/time") ? kJoined | kNewTime : kJoined;
}

struct Target {
  std::uint64_t generation = 0;
  pid_t pid = 0;
  runtime::Fd pidfd;
};

Target init_of(Context& context, const ContainerRecord& record) {
  const std::shared_ptr<Live> live = context.live.at(record.uuid);
  const std::lock_guard lock(live->mutex);
  if (!live->running || !live->pidfd)
    throw Error(ErrorKind::kConflict, "`" + record.object() + "` does not run")
        .cure("croft start " + record.name);
  return {live->generation, live->pid, live->pidfd.duplicate()};
}

Target target_of(Context& context, const ContainerRecord& record) {
  if (record.state == State::kFrozen)
    throw Error(ErrorKind::kConflict, "`" + record.object() + "` is frozen")
        .cure("croft thaw " + record.name);
  return init_of(context, record);
}

bool alive(const runtime::Fd& pidfd) {
  pollfd ended{pidfd.get(), POLLIN, 0};
  return poll(&ended, 1, 0) == 0;
}

// Of its directory in /proc.
runtime::Fd open_of(const Target& target, const char* name, int flags) {
  runtime::Fd file = runtime::open_file("/proc/" + std::to_string(target.pid) + name, flags);
  // The pid could have been somebody else's by then; while the pidfd's process lives, it was not.
  if (!alive(target.pidfd)) throw Error(ErrorKind::kConflict, "the container has just ended");
  return file;
}

User user_inside(const Target& target, const std::string& who) {
  return find_user(open_of(target, "/root", O_PATH | O_DIRECTORY), who);
}

std::vector<std::string> command_of(const JoinRequest& request, const User& user) {
  return request.command.empty() ? std::vector<std::string>{user.shell} : request.command;
}

// A login shell is told so by the hyphen before its name, as login(1) does.
std::vector<std::string> words_of(const JoinRequest& request, const User& user) {
  if (!request.command.empty()) return request.command;
  return {"-" + user.shell.substr(user.shell.rfind('/') + 1)};
}

std::vector<std::string> environment_of(const Spec& spec, const JoinRequest& request, const User& user) {
  std::vector<std::pair<std::string, std::string>> more{{"HOME", user.home}, {"SHELL", user.shell}};
  Spec merged = spec;
  for (const auto& [name, value] : request.env) merged.env[name] = value;
  return environment(merged, more);
}

void append_join(const ContainerRecord& record, const Target& target, const cgroups::Entry& entry,
                 runtime::LaunchList& list, std::uint64_t namespaces = joined_namespaces()) {
  const runtime::Slot pidfd = list.pass(runtime::make_slot(target.pidfd.duplicate()), "pidfd of the init");
  list.stage("join");
  list.oom_score(record.spec.parsed().oom_score.value_or(0));
  cgroups::append_join(entry, list);
  list.join(pidfd, namespaces);
}

void append_bounds(const Context& context, const Spec& spec, runtime::LaunchList& list) {
  if (spec.security.no_new_privileges) list.no_new_privileges();
  list.seccomp(context.host.filter_of(spec));
  list.capabilities(runtime::bounding_set(spec.security.capabilities_drop));
}

void build(const Context& context, const ContainerRecord& record, const JoinRequest& request,
           const Target& target, const cgroups::Entry& entry, runtime::LaunchList& list) {
  const Spec& spec = record.spec.parsed();
  const User user = user_inside(target, request.user);
  std::vector<runtime::Slot> streams;
  if (!request.tty)
    for (const runtime::FdSlot& fd : request.streams) streams.push_back(list.pass(fd, "standard stream"));
  append_join(record, target, entry, list);
  list.stage("privileges");
  if (!request.tty) list.stdio(streams[0], streams[1], streams[2]);
  append_bounds(context, spec, list);
  list.identity(user.uid, user.gid, user.groups);
  if (request.tty) list.open_pty(runtime::LaunchList::PtyOwner::kLauncher, request.rows, request.columns);
  list.new_session(request.tty);
  list.work_directory(request.workdir.empty() ? user.home : request.workdir, request.workdir.empty());
  list.stage("exec");
  list.exec(command_of(request, user).front(), words_of(request, user), environment_of(spec, request, user));
}

// `fill` makes the list of the process that joins.
Joined join(Context& context, const ContainerRecord& record, const Target& target,
            const std::function<void(const cgroups::Entry&, runtime::LaunchList&)>& fill) {
  const InitWay& way = way_of(resolve_init(record.spec.parsed(), manifest_of(context, record)));
  runtime::Changes changes;
  cgroups::GroupIntent group;
  group.path = group_path(context, record);
  group.delegate = way.delegate;
  group.owner_uid = record.id_base;
  group.owner_gid = record.id_base;
  const cgroups::Entry entry = cgroups::plan_join_exec(context.host.layout, group, changes);
  runtime::apply_changes(changes);
  runtime::LaunchList list;
  fill(entry, list);
  const std::shared_ptr<runtime::KeeperClient> keeper = context.keeper.get();
  runtime::LaunchRequest launched;
  launched.name = process_name(record, target.generation, Execs::new_number());
  launched.cgroup = entry.into;
  context.execs.started(launched.name);
  runtime::Launch launch = keeper->launch(launched, list);
  try {
    runtime::finish_launch(launch, kExecTime);
    runtime::WatchedProcess process = keeper->joined(launched.name);
    context.execs.hold(process);
    return {launched.name, process.pid, std::move(process.pidfd), std::move(launch.terminal)};
  } catch (...) {
    syscall(SYS_pidfd_send_signal, launch.pidfd.get(), SIGKILL, nullptr, 0);
    keeper->forget_joined(launched.name);
    throw;
  }
}

}  // namespace

Joined join_container(Context& context, const ContainerRecord& record, const JoinRequest& request) {
  const Target target = target_of(context, record);
  return join(context, record, target, [&](const cgroups::Entry& entry, runtime::LaunchList& list) {
    build(context, record, request, target, entry, list);
  });
}

Joined start_copier(Context& context, const ContainerRecord& record, const CopierRequest& request) {
  const Target target = target_of(context, record);
  const runtime::FdSlot root = runtime::make_slot(open_of(target, "/root", O_PATH | O_DIRECTORY));
  const std::string path = beside_keeper(context.host, "croft-copy");
  // Opened here: the container's root need not be let into the directories that lead to it.
  const runtime::FdSlot program = runtime::make_slot(runtime::open_file(path, O_PATH));
  std::vector<std::string> words{"croft-copy"};
  words.insert(words.end(), request.words.begin(), request.words.end());
  return join(context, record, target, [&](const cgroups::Entry& entry, runtime::LaunchList& list) {
    const runtime::Slot archive = list.pass(request.archive, "archive");
    const runtime::Slot directory = list.pass(root, "the container's root");
    const runtime::Slot errors = list.pass(request.errors, "standard error");
    const runtime::Slot copier = list.pass(program, "program");
    append_join(record, target, entry, list, CLONE_NEWUSER);
    list.stage("privileges");
    list.stdio(request.inward ? archive : directory, request.inward ? directory : archive, errors);
    append_bounds(context, record.spec.parsed(), list);
    list.identity(0, 0, {});
    list.new_session(false);
    list.stage("exec");
    list.exec_passed(copier, path, words, {});
  });
}

runtime::Fd netns_of(Context& context, const ContainerRecord& record) {
  return open_of(init_of(context, record), "/ns/net", O_RDONLY);
}

runtime::Fd uts_of(Context& context, const ContainerRecord& record) {
  return open_of(init_of(context, record), "/ns/uts", O_RDONLY);
}

void write_inside(Context& context, const ContainerRecord& record,
                  const std::function<void(runtime::LaunchList&)>& files) {
  const Target target = target_of(context, record);
  join(context, record, target, [&](const cgroups::Entry& entry, runtime::LaunchList& list) {
    append_join(record, target, entry, list);
    list.stage("files");
    list.identity(0, 0, {});
    files(list);
    list.stage("privileges");
    append_bounds(context, record.spec.parsed(), list);
    list.stage("exec");
    list.exec("/bin/true", {"true"}, {});
  });
}

namespace {

// Reads until the other ends are closed or time is over; false then.
bool collect(const runtime::Fd& pipe, std::chrono::steady_clock::time_point deadline, std::string* output) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd readable{pipe.get(), POLLIN, 0};
    if (left.count() <= 0 || poll(&readable, 1, static_cast<int>(left.count())) == 0) return false;
    const ssize_t got = read(pipe.get(), buffer.data(), buffer.size());
    if (got <= 0) return true;
    if (output->size() < kMaxOutput) output->append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

InsideResult run_inside(Context& context, const ContainerRecord& record,
                        const std::vector<std::string>& command, std::chrono::milliseconds timeout,
                        const InsideGiven& given) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) runtime::fail_errno("cannot make a pipe");
  const runtime::Fd reading(ends[0]);
  JoinRequest request;
  request.command = command;
  request.env = given.env;
  request.workdir = "/";
  const runtime::FdSlot writing = runtime::make_slot(runtime::Fd(ends[1]));
  request.streams = {runtime::make_slot(runtime::sealed_memory("input", given.input)), writing, writing};
  const Joined joined = join_container(context, record, request);
  writing->reset();
  request.streams = {};
  InsideResult result;
  collect(reading, deadline, &result.output);
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  auto exit = context.execs.wait(joined.name, std::max(left, std::chrono::milliseconds(10)));
  if (!exit) {
    syscall(SYS_pidfd_send_signal, joined.pidfd.get(), SIGKILL, nullptr, 0);
    throw Error(ErrorKind::kTimeout,
                "`" + command.front() + "` inside `" + record.object() + "` did not end in time");
  }
  result.exit = *exit;
  return result;
}

}  // namespace croft::ctl
