#include "cgroups/sockets.h"

#include <linux/btf.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cgroups/socket_program.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

namespace bpf = runtime::bpf;

constexpr const char* kCreateName = "croft_sockets";
constexpr const char* kReleaseName = "croft_sock_end";
constexpr std::size_t kMaxPrograms = 64;  // on one group, those of others too
constexpr std::size_t kMaxMaps = 8;       // of one program

// The description of `int` that the kernel wants of a map for sockets (Documentation/bpf/btf.rst).
runtime::Fd load_types() {
  struct {
    btf_header header;
    btf_type type;
    std::uint32_t encoding;
    char names[5];
  } types{};
  types.header = {BTF_MAGIC, BTF_VERSION, 0, sizeof(btf_header), 0, 16, 16, 5};
  types.type.name_off = 1;
  types.type.info = std::uint32_t{BTF_KIND_INT} << 24;
  types.type.size = sizeof(std::uint32_t);
  types.encoding = (std::uint32_t{BTF_INT_SIGNED} << 24) | 32;
  std::memcpy(types.names, "\0int", sizeof types.names);
  bpf_attr attributes{};
  attributes.btf = reinterpret_cast<std::uintptr_t>(&types);
  attributes.btf_size = sizeof(btf_header) + 16 + 5;
  runtime::Fd fd(static_cast<int>(bpf::call_kernel(BPF_BTF_LOAD, attributes)));
  if (!fd) runtime::fail_errno("cannot load the types of a map");
  return fd;
}

runtime::Fd make_storage(bpf_map_type type, std::size_t size, const char* name) {
  bpf_attr attributes{};
  attributes.map_type = type;
  attributes.key_size = sizeof(std::uint64_t);
  attributes.value_size = static_cast<std::uint32_t>(size);
  return bpf::make_map(attributes, name);
}

runtime::Fd make_marks() {
  const runtime::Fd types = load_types();
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_SK_STORAGE;
  attributes.key_size = sizeof(std::uint32_t);
  attributes.value_size = sizeof(std::uint32_t);
  attributes.map_flags = BPF_F_NO_PREALLOC;
  attributes.btf_fd = static_cast<std::uint32_t>(types.get());
  attributes.btf_key_type_id = 1;
  attributes.btf_value_type_id = 1;
  return bpf::make_map(attributes, "croft_marks");
}

SocketMaps make_maps() {
  return {make_storage(BPF_MAP_TYPE_CGROUP_STORAGE, sizeof(SocketCounters), "croft_counters"),
          make_storage(BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, sizeof(SocketLimits), "croft_limits"),
          make_marks()};
}

runtime::Fd load_one(bpf_attach_type type, const char* name, const bpf::Program& program) {
  return bpf::load_program(BPF_PROG_TYPE_CGROUP_SOCK, type, name, program);
}

// The kernel numbers groups by the inodes of their directories.
std::uint64_t id_of(const runtime::Fd& group) {
  struct stat info {};
  if (fstat(group.get(), &info) != 0) runtime::fail_errno("cannot look at a cgroup");
  return info.st_ino;
}

runtime::Fd open_by_id(int command, std::uint32_t id) {
  bpf_attr attributes{};
  attributes.prog_id = id;
  return runtime::Fd(static_cast<int>(bpf::call_kernel(command, attributes)));
}

template <class Info>
bool describe(const runtime::Fd& object, Info& info) {
  bpf_attr attributes{};
  attributes.info.bpf_fd = static_cast<std::uint32_t>(object.get());
  attributes.info.info_len = sizeof info;
  attributes.info.info = reinterpret_cast<std::uintptr_t>(&info);
  return bpf::call_kernel(BPF_OBJ_GET_INFO_BY_FD, attributes) == 0;
}

std::vector<std::uint32_t> programs_on(const runtime::Fd& group) {
  std::array<std::uint32_t, kMaxPrograms> ids{};
  bpf_attr attributes{};
  attributes.query.target_fd = static_cast<std::uint32_t>(group.get());
  attributes.query.attach_type = BPF_CGROUP_INET_SOCK_CREATE;
  attributes.query.prog_ids = reinterpret_cast<std::uintptr_t>(ids.data());
  attributes.query.prog_cnt = kMaxPrograms;
  if (bpf::call_kernel(BPF_PROG_QUERY, attributes) != 0) {
    if (errno == EINVAL) return {};  // a kernel without such programs
    runtime::fail_errno("cannot see the programs of a cgroup");
  }
  return {ids.begin(), ids.begin() + std::min<std::size_t>(attributes.query.prog_cnt, kMaxPrograms)};
}

// The maps of a program, where it is ours.
std::vector<std::uint32_t> maps_of(const runtime::Fd& program) {
  std::array<std::uint32_t, kMaxMaps> ids{};
  bpf_prog_info info{};
  info.nr_map_ids = kMaxMaps;
  info.map_ids = reinterpret_cast<std::uintptr_t>(ids.data());
  if (!describe(program, info) || std::string_view(info.name) != kCreateName) return {};
  return {ids.begin(), ids.begin() + std::min<std::size_t>(info.nr_map_ids, kMaxMaps)};
}

// One descriptor of each map, however many groups look into it. Its number is nobody else's while it is open.
std::shared_ptr<const runtime::Fd> map_of(std::uint32_t id) {
  static std::mutex mutex;
  static std::map<std::uint32_t, std::weak_ptr<const runtime::Fd>> open;
  const std::lock_guard lock(mutex);
  if (auto there = open[id].lock()) return there;
  auto map = std::make_shared<const runtime::Fd>(open_by_id(BPF_MAP_GET_FD_BY_ID, id));
  std::erase_if(open, [](const auto& one) { return one.second.expired(); });
  if (*map) open[id] = map;
  return map;
}

std::uint64_t plus_one(std::optional<std::uint64_t> most) {
  return most && *most < std::numeric_limits<std::uint64_t>::max() ? *most + 1 : 0;
}

std::optional<std::uint64_t> minus_one(std::uint64_t value) {
  return value == 0 ? std::nullopt : std::optional(value - 1);
}

}  // namespace

void GroupSockets::take_maps(const runtime::Fd& program) {
  for (const std::uint32_t id : maps_of(program)) {
    std::shared_ptr<const runtime::Fd> map = map_of(id);
    bpf_map_info info{};
    if (!*map || !describe(*map, info)) continue;
    if (info.type == BPF_MAP_TYPE_CGROUP_STORAGE && info.value_size == sizeof(SocketCounters))
      counters_ = std::move(map);
    else if (info.type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE && info.value_size == sizeof(SocketLimits))
      limits_ = std::move(map);
  }
}

std::optional<GroupSockets> GroupSockets::open(const runtime::Fd& group) {
  for (const std::uint32_t id : programs_on(group)) {
    const runtime::Fd program = open_by_id(BPF_PROG_GET_FD_BY_ID, id);
    if (!program) continue;  // just removed
    GroupSockets found;
    found.id_ = id_of(group);
    found.take_maps(program);
    if (found.counters_ && found.limits_) return found;
  }
  return std::nullopt;
}

std::optional<SocketCounts> GroupSockets::counts() const {
  SocketCounters now{};
  if (!bpf::look_up(*counters_, &id_, &now)) return std::nullopt;
  return SocketCounts{now.held[0], now.held[1], now.refused[0], now.refused[1]};
}

SocketKnobs GroupSockets::limits() const {
  std::vector<SocketLimits> each(bpf::possible_cpus());
  if (!bpf::look_up(*limits_, &id_, each.data())) runtime::fail_errno("cannot read the limits of sockets");
  return {minus_one(each[0].most_plus_one[0]), minus_one(each[0].most_plus_one[1])};
}

void GroupSockets::set_limits(const SocketKnobs& knobs) const {
  const std::vector<SocketLimits> each(bpf::possible_cpus(), {{plus_one(knobs.tcp), plus_one(knobs.other)}});
  bpf::update(*limits_, &id_, each.data(), BPF_EXIST);
}

void SocketPrograms::attach(const runtime::Fd& group) {
  const std::lock_guard lock(mutex_);
  if (!loaded_) {
    const SocketMaps maps = make_maps();
    loaded_ = Loaded{load_one(BPF_CGROUP_INET_SOCK_CREATE, kCreateName, assemble_socket_create(maps)),
                     load_one(BPF_CGROUP_INET_SOCK_RELEASE, kReleaseName, assemble_socket_release(maps))};
  }
  bpf::attach(group, BPF_CGROUP_INET_SOCK_RELEASE, loaded_->release);
  bpf::attach(group, BPF_CGROUP_INET_SOCK_CREATE, loaded_->create);
}

bool socket_programs_work() {
  try {
    const SocketMaps maps = make_maps();
    load_one(BPF_CGROUP_INET_SOCK_CREATE, kCreateName, assemble_socket_create(maps));
    load_one(BPF_CGROUP_INET_SOCK_RELEASE, kReleaseName, assemble_socket_release(maps));
    return true;
  } catch (const runtime::Error&) {
    return false;
  }
}

}  // namespace croft::cgroups
