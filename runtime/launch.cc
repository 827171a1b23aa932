#include "runtime/launch.h"

#include <sys/mount.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/error.h"

namespace croft::runtime {
namespace {

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

std::string octal(std::uint32_t mode) {
  std::array<char, 16> buffer{};
  snprintf(buffer.data(), buffer.size(), "%04o", mode);
  return buffer.data();
}

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 32> buffer{};
  snprintf(buffer.data(), buffer.size(), "0x%llx", static_cast<unsigned long long>(value));
  return buffer.data();
}

std::string attribute_text(std::uint64_t attributes) {
  struct Name {
    std::uint64_t bit;
    const char* text;
  };
  constexpr std::array kNames{Name{MOUNT_ATTR_RDONLY, "ro"}, Name{MOUNT_ATTR_NOSUID, "nosuid"},
                              Name{MOUNT_ATTR_NODEV, "nodev"}, Name{MOUNT_ATTR_NOEXEC, "noexec"},
                              Name{MOUNT_ATTR_RELATIME, "relatime"}};
  std::string text;
  for (const Name& name : kNames)
    if ((attributes & name.bit) == name.bit && name.bit != 0)
      text += (text.empty() ? "" : ",") + std::string(name.text);
  return text;
}

std::string words(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& word : list) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

Step& LaunchList::append(StepKind kind, Description shown) {
  steps_.push_back(Step{.kind = kind});
  shown_.push_back(std::move(shown));
  return steps_.back();
}

std::uint32_t LaunchList::put(std::string_view text) {
  if (text.empty()) return 0;
  const auto offset = static_cast<std::uint32_t>(texts_.size());
  texts_.append(text);
  texts_.push_back('\0');
  return offset;
}

std::uint32_t LaunchList::put_numbers(const std::vector<std::uint32_t>& numbers) {
  while (texts_.size() % alignof(std::uint32_t) != 0) texts_.push_back('\0');
  const auto offset = static_cast<std::uint32_t>(texts_.size());
  texts_.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(std::uint32_t));
  return offset;
}

Slot LaunchList::new_slot() {
  return next_slot_++;
}

void LaunchList::stage(std::string_view name) {
  append(StepKind::kStage, {"stage", std::string(name), ""}).text = put(name);
}

Slot LaunchList::pass(FdSlot fd, std::string_view name) {
  // Passed descriptors own the low slot numbers, so all of them must be named before the first one that is
  // made.
  if (next_slot_ != passed_.size())
    throw Error(ErrorKind::kInvalid,
                "descriptor `" + std::string(name) + "` is passed after one was made by a step");
  passed_.push_back(std::move(fd));
  return new_slot();
}

Slot LaunchList::receive(std::string_view name) {
  const Slot slot = new_slot();
  append(StepKind::kReceive, {"receive", std::string(name), ""}).slot = slot;
  return slot;
}

void LaunchList::wait_go() {
  append(StepKind::kWaitGo, {"wait", "for the launcher", ""});
}

void LaunchList::attach_cgroup(Slot file, std::string_view shown) {
  append(StepKind::kAttachCgroup, {"join", "cgroup " + std::string(shown), ""}).slot = file;
}

void LaunchList::unshare(std::uint64_t namespaces) {
  append(StepKind::kUnshare, {"unshare", "namespaces", hexadecimal(namespaces)}).a = namespaces;
}

void LaunchList::own_clocks() {
  append(StepKind::kOwnClocks, {"begin", "clocks", "monotonic and boot time at zero"});
}

void LaunchList::join(Slot pidfd, std::uint64_t namespaces) {
  Step& step = append(StepKind::kJoin, {"join", "namespaces", hexadecimal(namespaces)});
  step.slot = pidfd;
  step.a = namespaces;
}

void LaunchList::new_session(bool controlling_terminal) {
  append(StepKind::kNewSession, {"setsid", "session", controlling_terminal ? "with terminal" : ""}).flags =
      controlling_terminal ? 1 : 0;
}

void LaunchList::stdio(Slot in, Slot out, Slot err) {
  Step& step = append(StepKind::kStdio, {"connect", "standard streams", ""});
  step.slot = in;
  step.a = out;
  step.b = err;
}

void LaunchList::hostname(std::string_view name) {
  append(StepKind::kHostname, {"set", "host name", std::string(name)}).text = put(name);
}

void LaunchList::rlimit(int resource, std::uint64_t soft, std::uint64_t hard) {
  Step& step = append(StepKind::kRlimit,
                      {"set", "rlimit " + std::to_string(resource), number(soft) + ":" + number(hard)});
  step.flags = static_cast<std::uint32_t>(resource);
  step.a = soft;
  step.b = hard;
}

void LaunchList::oom_score(int adjustment) {
  const std::string value = std::to_string(adjustment);
  append(StepKind::kOomScore, {"write", "/proc/self/oom_score_adj", value}).text = put(value);
}

void LaunchList::open_pty(PtyOwner master_to, std::uint16_t rows, std::uint16_t columns) {
  const bool keeper = master_to == PtyOwner::kKeeper;
  Step& step =
      append(StepKind::kOpenPty, {"open", "terminal", keeper ? "master to keeper" : "master to launcher"});
  step.flags = static_cast<std::uint32_t>(master_to);
  step.a = rows;
  step.b = columns;
}

void LaunchList::bind_terminal(std::string_view target) {
  append(StepKind::kBindTerminal, {"bind", std::string(target), "terminal"}).text = put(target);
}

void LaunchList::identity(std::uint32_t uid, std::uint32_t gid, const std::vector<std::uint32_t>& groups) {
  const std::uint32_t offset = put_numbers(groups);
  Step& step = append(StepKind::kIdentity, {"become", "uid " + number(uid), "gid " + number(gid)});
  step.a = uid;
  step.b = gid;
  step.text2 = offset;
  step.size = static_cast<std::uint32_t>(groups.size());
}

void LaunchList::capabilities(std::uint64_t bounding) {
  append(StepKind::kCapabilities, {"limit", "capabilities", hexadecimal(bounding)}).a = bounding;
}

void LaunchList::no_new_privileges() {
  append(StepKind::kNoNewPrivileges, {"set", "no_new_privs", ""});
}

void LaunchList::seccomp(std::string_view program) {
  constexpr std::size_t kInstruction = 8;  // sizeof(struct sock_filter)
  while (texts_.size() % kInstruction != 0) texts_.push_back('\0');
  const auto offset = static_cast<std::uint32_t>(texts_.size());
  texts_.append(program);
  const std::size_t count = program.size() / kInstruction;
  Step& step = append(StepKind::kSeccomp, {"load", "system call filter", number(count) + " instructions"});
  step.text2 = offset;
  step.size = static_cast<std::uint32_t>(count);
}

void LaunchList::work_directory(std::string_view path, bool or_root) {
  Step& step = append(StepKind::kWorkDirectory, {"chdir", std::string(path), or_root ? "or /" : ""});
  step.flags = or_root ? 1 : 0;
  step.text = put(path);
}

void LaunchList::exec(std::string_view path, const std::vector<std::string>& argv,
                      const std::vector<std::string>& env) {
  // argv and env as offsets, each list ended by 0; put() never gives 0 for a non-empty text, so an empty word
  // is a text of its own: the NUL at offset `empty`.
  texts_.push_back('\0');
  const auto empty = static_cast<std::uint32_t>(texts_.size() - 1);
  std::vector<std::uint32_t> offsets;
  for (const std::string& word : argv) offsets.push_back(word.empty() ? empty : put(word));
  offsets.push_back(0);
  for (const std::string& word : env) offsets.push_back(word.empty() ? empty : put(word));
  offsets.push_back(0);
  const std::uint32_t path_offset = put(path);
  const std::uint32_t list_offset = put_numbers(offsets);
  Step& step = append(StepKind::kExec, {"exec", std::string(path), words(argv)});
  step.text = path_offset;
  step.text2 = list_offset;
  step.size = static_cast<std::uint32_t>(offsets.size());
}

void LaunchList::exec_passed(Slot program, std::string_view path, const std::vector<std::string>& argv,
                             const std::vector<std::string>& env) {
  exec(path, argv, env);
  steps_.back().slot = program;
  steps_.back().flags = 1;
}

Slot LaunchList::new_filesystem(std::string_view type, const Options& options, std::uint64_t attributes) {
  std::string shown;
  std::vector<std::uint32_t> offsets;
  for (const auto& [key, value] : options) {
    shown += (shown.empty() ? "" : ",") + key + (value.empty() ? "" : "=" + value);
    offsets.push_back(put(key));
    offsets.push_back(put(value));
  }
  const std::string flags = attribute_text(attributes);
  if (!flags.empty()) shown += (shown.empty() ? "" : ",") + flags;
  const std::uint32_t type_offset = put(type);
  const std::uint32_t list_offset = put_numbers(offsets);
  const Slot slot = new_slot();
  Step& step = append(StepKind::kNewFilesystem, {"make", "file system " + std::string(type), shown});
  step.slot = slot;
  step.a = attributes;
  step.text = type_offset;
  step.text2 = list_offset;
  step.size = static_cast<std::uint32_t>(offsets.size());
  return slot;
}

Slot LaunchList::clone_tree(std::string_view host_path, std::uint64_t attributes, bool recursive) {
  const Slot slot = new_slot();
  Step& step = append(StepKind::kCloneTree,
                      {"clone", "mount of " + std::string(host_path), attribute_text(attributes)});
  step.slot = slot;
  step.a = attributes;
  step.flags = recursive ? 1 : 0;
  step.text = put(host_path);
  return slot;
}

void LaunchList::root(Slot mount, std::string_view staging) {
  Step& step = append(StepKind::kRoot, {"mount", "root", ""});
  step.slot = mount;
  step.text = put(staging);
}

void LaunchList::mount_at(Slot mount, std::string_view target, bool strict) {
  Step& step = append(StepKind::kMountAt, {"mount", std::string(target), ""});
  step.slot = mount;
  step.flags = strict ? 1 : 0;
  step.text = put(target);
}

void LaunchList::make_directory(std::string_view target, std::uint32_t mode) {
  Step& step = append(StepKind::kMakeDirectory, {"mkdir", std::string(target), octal(mode)});
  step.a = mode;
  step.text = put(target);
}

void LaunchList::make_symlink(std::string_view target, std::string_view content) {
  Step& step = append(StepKind::kMakeSymlink, {"symlink", std::string(target), std::string(content)});
  step.text = put(target);
  step.text2 = put(content);
}

void LaunchList::replace_symlink(std::string_view target, std::string_view content) {
  make_symlink(target, content);
  steps_.back().flags = 1;
}

void LaunchList::make_file(std::string_view target, std::string_view content, std::uint32_t mode) {
  Step& step = append(StepKind::kMakeFile, {"create", std::string(target), octal(mode)});
  step.a = mode;
  step.text = put(target);
  step.text2 = put(content);
  step.size = static_cast<std::uint32_t>(content.size());
}

void LaunchList::mask(std::string_view target) {
  append(StepKind::kMask, {"mask", std::string(target), ""}).text = put(target);
}

void LaunchList::read_only(std::string_view target) {
  append(StepKind::kReadOnly, {"protect", std::string(target), "read-only"}).text = put(target);
}

void LaunchList::write_proc(Slot proc, std::string_view path, std::string_view value) {
  Step& step = append(StepKind::kWriteProc, {"write", "/proc/" + std::string(path), std::string(value)});
  step.slot = proc;
  step.text = put(path);
  step.text2 = put(value);
  step.size = static_cast<std::uint32_t>(value.size());
}

void LaunchList::enter_root() {
  append(StepKind::kEnterRoot, {"pivot", "root", ""});
}

void LaunchList::netlink(std::string_view message, std::string_view shown) {
  constexpr std::size_t kAlignment = 4;  // NLMSG_ALIGNTO
  while (texts_.size() % kAlignment != 0) texts_.push_back('\0');
  const auto offset = static_cast<std::uint32_t>(texts_.size());
  texts_.append(message);
  Step& step = append(StepKind::kNetlink, {"network", std::string(shown), ""});
  step.text2 = offset;
  step.size = static_cast<std::uint32_t>(message.size());
}

void LaunchList::make_mounts_early() {
  const auto makes_mount = [](const Step& step) {
    return step.kind == StepKind::kNewFilesystem || step.kind == StepKind::kCloneTree;
  };
  std::size_t place = 0;
  while (place < steps_.size() && steps_[place].kind != StepKind::kReceive) ++place;
  for (std::size_t i = place; i < steps_.size(); ++i) {
    if (!makes_mount(steps_[i])) continue;
    const auto from = static_cast<std::ptrdiff_t>(i);
    const auto to = static_cast<std::ptrdiff_t>(place++);
    std::rotate(steps_.begin() + to, steps_.begin() + from, steps_.begin() + from + 1);
    std::rotate(shown_.begin() + to, shown_.begin() + from, shown_.begin() + from + 1);
  }
}

void LaunchList::fail_at(std::size_t index) {
  if (index >= steps_.size()) throw Error(ErrorKind::kInvalid, "the launch has no step " + number(index));
  steps_[index].kind = StepKind::kFail;
}

std::vector<Description> LaunchList::describe() const {
  return shown_;
}

std::string LaunchList::stage_of(std::size_t index) const {
  std::string name = "begin";
  for (std::size_t i = 0; i <= index && i < shown_.size(); ++i)
    if (shown_[i].verb == "stage") name = shown_[i].object;
  return name;
}

std::string LaunchList::pack() const {
  if (steps_.size() > kMaxSteps)
    throw Error(ErrorKind::kInvalid, "the launch has more than " + number(kMaxSteps) + " steps");
  if (next_slot_ > kMaxSlots)
    throw Error(ErrorKind::kInvalid, "the launch uses more than " + number(kMaxSlots) + " descriptors");
  const ListHeader header{.magic = kListMagic,
                          .steps = static_cast<std::uint32_t>(steps_.size()),
                          .text_size = static_cast<std::uint32_t>(texts_.size()) + 1,
                          .passed = static_cast<std::uint16_t>(passed_.size()),
                          .slots = next_slot_};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes.append(reinterpret_cast<const char*>(steps_.data()), steps_.size() * sizeof(Step));
  bytes.append(texts_);
  bytes.push_back('\0');  // so that nothing points to the very end, and every text ends
  return bytes;
}

}  // namespace croft::runtime
