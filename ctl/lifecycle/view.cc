#include "ctl/lifecycle/view.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cgroups/cpu_sets.h"
#include "cgroups/reread.h"
#include "ctl/lifecycle/in_force.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/spec.h"
#include "fs/pool.h"
#include "fs/view/note.h"
#include "fs/view/tree.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::Fd;

constexpr std::uint64_t kMilli = 1000;
constexpr std::uint64_t kQuiet = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

std::string mount_of(const std::string& run) {
  return run + "/view";
}
std::string notes_of(const std::string& run) {
  return run + "/view.d";
}
std::string reason_of(const std::string& run) {
  return run + "/view.why";
}

// Also where its connection is dead, of which statfs(2) would say ENOTCONN.
bool is_mounted(const std::string& run) {
  const std::string mounts = runtime::read_file("/proc/self/mounts", std::size_t{64} << 20);
  return mounts.find(" " + mount_of(run) + " fuse.croft-view ") != std::string::npos;
}

bool answers(const std::string& run) {
  struct stat info {};
  return stat((mount_of(run) + "/proc").c_str(), &info) == 0;
}

Fd mount_fuse(const std::string& run) {
  Fd device = runtime::open_file("/dev/fuse", O_RDWR);
  const std::string options = "fd=" + std::to_string(device.get()) +
                              ",rootmode=40555,user_id=0,group_id=0,allow_other,default_permissions";
  if (mount("croft-view", mount_of(run).c_str(), "fuse.croft-view",
            MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, options.c_str()) != 0)
    runtime::fail_errno("cannot mount the view at `" + mount_of(run) + "`");
  return device;
}

// Notes of an earlier run of this daemon stay: they are of containers that run.
void make_notes(const std::string& run) {
  runtime::make_directories(notes_of(run), 0755);
  if (chmod(notes_of(run).c_str(), 0755) != 0) runtime::fail_errno("cannot open up `" + notes_of(run) + "`");
}

void write_note(const std::string& path, view::Bounds bounds) {
  const Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) runtime::fail_errno("cannot open `" + path + "`");
  if (fchmod(file.get(), 0644) != 0) runtime::fail_errno("cannot open up `" + path + "`");
  const std::string text = view::to_text(bounds);
  if (pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    runtime::fail_errno("cannot write `" + path + "`");
}

}  // namespace

namespace {

constexpr int kDevice = 3;  // of croft-view (fs/view/view_main.cc)
constexpr int kMemory = 4;
// One that serves, and one that waits for its turn and has not given up what it was started with.
constexpr std::array<std::string_view, 2> kUsers{"\nUid:\t65534\t65534\t65534\t65534\n",
                                                 "\nUid:\t0\t0\t0\t0\n"};

std::string link_of(const std::string& path) {
  std::array<char, PATH_MAX> text{};
  const ssize_t size = readlink(path.c_str(), text.data(), text.size());
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

// Words can be anybody's; the program, as such a user and in the host's own user namespace, is the keeper's
// alone.
bool is_server(const std::string& process, const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += word + '\0';
  const std::string status = runtime::read_file(process + "/status");
  return runtime::read_file(process + "/cmdline") == line && link_of(process + "/exe") == words.front() &&
         link_of(process + "/ns/user") == link_of("/proc/self/ns/user") &&
         std::any_of(kUsers.begin(), kUsers.end(),
                     [&](std::string_view user) { return status.find(user) != std::string::npos; });
}

// What serves, or waits to: a keeper that ended left its own. A process may end while it is looked at.
std::vector<pid_t> find_servers(const std::vector<std::string>& words) {
  std::vector<pid_t> found;
  for (const std::string& name : fs::names_in("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    try {
      if (is_server("/proc/" + name, words)) found.push_back(static_cast<pid_t>(std::stol(name)));
    } catch (const Error&) {
      continue;
    }
  }
  return found;
}

// All hold the same descriptors, so that the one which is left takes up what the others had in hand. Looked
// at again once its number can be nobody else's.
void end_others(const std::vector<std::string>& words, pid_t served) {
  for (const pid_t server : find_servers(words)) {
    const Fd process(static_cast<int>(syscall(SYS_pidfd_open, server, 0)));
    const std::vector<pid_t> still = find_servers(words);
    if (server != served && process && std::find(still.begin(), still.end(), server) != still.end())
      syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
  }
}

Fd taken(const Fd& process, int number) {
  return Fd(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
}

}  // namespace

View::View(const Host& host)
    : run_(host.options.run), program_(beside_keeper(host, "croft-view")), root_(host.options.cgroup_root) {}

std::vector<std::string> View::words() const {
  return {program_, "--root", root_, "--notes", notes_of(run_)};
}

void View::say_why_not(const std::string& reason) const {
  // A container that runs keeps what it was given; new ones get none.
  try {
    runtime::replace_file(reason_of(run_), reason, 0600, false);
  } catch (const Error&) {  // then `host check` cannot say it
  }
  std::fprintf(stderr, "croftd: containers see the host's figures: %s\n", reason.c_str());
}

// What is mounted and not served has lost its server together with its keeper: it begins anew.
void View::mount_anew(runtime::KeeperClient& keeper) {
  if (!runtime::exists(program_))
    throw Error(runtime::ErrorKind::kNotFound, "there is no `" + program_ + "`").cure("install Croft again");
  pinned_.clear();
  if (is_mounted(run_)) umount2(mount_of(run_).c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  runtime::make_directories(mount_of(run_), 0755);
  make_notes(run_);
  device_ = mount_fuse(run_);
  try {
    memory_ = Fd(memfd_create("croft-view", MFD_CLOEXEC));
    if (!memory_) runtime::fail_errno("cannot make the view's memory");
    keeper.serve(words(), {device_.get(), memory_.get()});
  } catch (...) {
    device_.reset();
    umount2(mount_of(run_).c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
    throw;
  }
}

// The keeper has ended, and nobody was there to give the next one what it held: the server still has it.
bool View::take_from_server(runtime::KeeperClient& keeper) {
  const std::vector<pid_t> servers = find_servers(words());
  if (servers.empty()) return false;
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, servers.front(), 0)));
  if (!process || find_servers(words()) != servers) return false;
  Fd device = taken(process, kDevice);
  Fd memory = taken(process, kMemory);
  if (!device || !memory) return false;
  end_others(words(), keeper.serve(words(), {device.get(), memory.get()}));
  device_ = std::move(device);
  memory_ = std::move(memory);
  return true;
}

// Two that look a name up for the first time at once can leave it unhashed: from Linux 6.16 on a dentry of
// FUSE is seen before it has its epoch, and is taken for an outdated one. What was cloned from it cannot be
// mounted (ENOENT). So each is looked up once, by one, and stays known.
void View::pin() {
  std::vector<Fd> pinned;
  for (const view::Place& place : view::places()) {
    const std::string path = mount_of(run_) + "/" + place.from;
    if (runtime::exists(path)) pinned.push_back(runtime::open_file(path, O_PATH));
  }
  pinned_ = std::move(pinned);
}

void View::start(runtime::KeeperClient& keeper) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    std::vector<Fd> served = keeper.served();
    if (served.size() == 2 && is_mounted(run_) && answers(run_)) {
      device_ = std::move(served[0]);
      memory_ = std::move(served[1]);
      make_notes(run_);
    } else if (is_mounted(run_) && take_from_server(keeper)) {
      make_notes(run_);
    } else {
      mount_anew(keeper);
    }
    pin();
    unlink(reason_of(run_).c_str());
  } catch (const std::exception& error) {
    say_why_not(error.what());
  }
}

void View::hand_over(runtime::KeeperClient& keeper) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (!device_ || !keeper.served().empty()) return;
    end_others(words(), keeper.serve(words(), {device_.get(), memory_.get()}));
  } catch (const std::exception& error) {
    say_why_not(error.what());
  }
}

bool has_view(const Host& host) {
  return runtime::exists(notes_of(host.options.run)) && why_no_view(host).empty();
}

std::string why_no_view(const Host& host) {
  const std::string path = reason_of(host.options.run);
  return runtime::exists(path) ? runtime::read_file(path) : "";
}

static_assert(kMaxVisibleCpus == view::kMaxCpus);

view::Bounds bounds_of(const Spec& spec, const cgroups::Resources& tenant, const std::string& online) {
  const cgroups::Resources& resources = spec.resources;
  const auto limit = [&](cgroups::Resource resource) {
    return std::min(resources[resource].limit.value_or(UINT64_MAX),
                    tenant[resource].limit.value_or(UINT64_MAX));
  };
  const auto count = [](const std::string& list) {
    const auto set = cgroups::cpu_set_of(list);
    return std::uint64_t{set ? set->count() : 1};
  };
  view::Bounds bounds;
  bounds.memory = limit(cgroups::Resource::kMemory);
  bounds.barrier =
      std::min(bounds.memory, resources[cgroups::Resource::kMemory].barrier.value_or(UINT64_MAX));
  bounds.swap = limit(cgroups::Resource::kSwap);
  bounds.memswap = limit(cgroups::Resource::kMemswap);
  std::uint64_t cpus = count(online);
  if (spec.visible_cpus) {
    cpus = std::min<std::uint64_t>(cpus, *spec.visible_cpus);
  } else {
    if (!resources.cpus.empty()) cpus = count(resources.cpus);
    const std::uint64_t most = limit(cgroups::Resource::kCpu);
    if (most != UINT64_MAX) cpus = std::min(cpus, (most + kMilli - 1) / kMilli);
  }
  bounds.cpus = static_cast<unsigned>(std::clamp<std::uint64_t>(cpus, 1, view::kMaxCpus));
  return bounds;
}

std::string online_cpus() {
  std::string list = runtime::read_file("/sys/devices/system/cpu/online");
  while (list.ends_with('\n')) list.pop_back();
  return list;
}

void plan_view(const Host& host, runtime::LaunchList& list) {
  for (const view::Place& place : view::places()) {
    const std::string from = mount_of(host.options.run) + "/" + place.from;
    // A server that an older Croft started has not all of them.
    if (!runtime::exists(place.made ? from : place.over)) continue;
    if (place.made) list.make_file(place.over, "", 0444);
    list.mount_at(list.clone_tree(from, kQuiet, false), place.over);
  }
}

std::string note_path(const Host& host, const std::string& uuid) {
  return notes_of(host.options.run) + "/" + uuid;
}

view::Bounds shown_to(const Context& context, const ContainerRecord& record, Spec spec) {
  // The CPUs of its memory node are those that it was put on when it started.
  const auto holding = spec.resources.numa_auto ? context.control.holding(record.uuid) : std::nullopt;
  if (holding && holding->resources.numa_auto) spec.resources.cpus = holding->resources.cpus;
  return bounds_of(spec, context.control.tenant_limits(record.tenant), online_cpus());
}

void refresh_note(const Context& context, const ContainerRecord& record) noexcept {
  try {
    NoteView note{.path = note_path(context.host, record.uuid), .object = "", .before = {}, .bounds = {}};
    view::Bounds known;
    if (!runtime::exists(note.path) || !view::parse_note(runtime::read_file(note.path), known)) return;
    note.bounds = shown_to(context, record, spec_in_force(context, record).parsed());
    known.started = 0;
    if (note.bounds != known) note.apply();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "croftd: cannot say what `%s` may use: %s\n", record.object().c_str(), error.what());
  }
}

void refresh_notes(const Context& context, const std::string& tenant) noexcept {
  try {
    const std::string part = "/" + tenant + "/";
    for (const ContainerRecord& record : context.registry.containers())
      if (("/" + context.control.tenant_path(record.tenant) + "/").find(part) != std::string::npos)
        refresh_note(context, record);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "croftd: cannot say what tenant `%s` may use: %s\n", tenant.c_str(), error.what());
  }
}

runtime::Description NoteView::describe() const {
  return {"note", "what " + object + " sees", std::to_string(bounds.cpus) + " cpus"};
}

void NoteView::apply() const {
  view::Bounds next = bounds;
  if (fresh) {
    unlink(path.c_str());  // who still looks at the last run's sees that it is over
    next.started = cgroups::boot_time().count;
  } else {
    view::Bounds known;
    if (!runtime::exists(path) || !view::parse_note(runtime::read_file(path), known)) return;
    next.started = known.started;
  }
  write_note(path, next);
}

void NoteView::undo() const noexcept {
  if (fresh) {
    unlink(path.c_str());
    return;
  }
  try {
    NoteView back = *this;
    back.bounds = before;
    back.apply();
  } catch (...) {  // a full /run: the next change writes it
    return;
  }
}

}  // namespace croft::ctl
