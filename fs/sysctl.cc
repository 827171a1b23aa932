#include "fs/sysctl.h"

#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <thread>

#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;

constexpr std::size_t kLongestName = 160;
constexpr std::size_t kLongestValue = 1024;

// Of the ipc namespace, but for domainname, which is of the uts namespace. A name that ends in a dot is a
// prefix.
constexpr std::array<std::string_view, 11> kAllowed{
    "kernel.msgmax",     "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
    "kernel.shmall",     "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
    "kernel.domainname", "fs.mqueue.",    "net.",
};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_value_character(char c) {
  return is_name_character(c) || c == ' ' || c == '\t' || c == '.' || c == ',' || c == ':';
}

bool matches(std::string_view name, std::string_view allowed) {
  return allowed.back() == '.' ? name.starts_with(allowed) && name.size() > allowed.size() : name == allowed;
}

bool has_empty_part(std::string_view name) {
  return name.empty() || name.front() == '.' || name.back() == '.' ||
         name.find("..") != std::string_view::npos;
}

std::optional<std::string> name_problem(std::string_view name) {
  if (name.size() > kLongestName)
    return "the name is longer than " + std::to_string(kLongestName) + " characters";
  if (!std::all_of(name.begin(), name.end(), [](char c) { return is_name_character(c) || c == '.'; }))
    return "a name has only letters, digits, `_`, `-` and dots";
  if (has_empty_part(name)) return "the name has an empty part";
  if (name == "kernel.hostname") return "the host name is set by `hostname`";
  if (std::none_of(kAllowed.begin(), kAllowed.end(), [&](std::string_view a) { return matches(name, a); }))
    return "it belongs to the whole host; a container's own are kernel.{msg*,sem,shm*,domainname}, "
           "fs.mqueue.* and "
           "net.*";
  return std::nullopt;
}

std::optional<std::string> value_problem(std::string_view value) {
  if (value.empty()) return "the value is empty";
  if (value.size() > kLongestValue)
    return "the value is longer than " + std::to_string(kLongestValue) + " characters";
  if (!std::all_of(value.begin(), value.end(), is_value_character))
    return "a value has only letters, digits, spaces and `_-.,:`";
  return std::nullopt;
}

bool is_network(std::string_view name) {
  return name.starts_with("net.");
}

// One setting of another process's ipc and uts namespaces.
struct WriteHostSysctl {
  std::string name;
  std::string value;
  runtime::FdSlot pidfd;

  [[nodiscard]] runtime::Description describe() const { return {"write sysctl", name, value}; }
  void apply() const {
    std::exception_ptr failure;
    // A thread of its own, because setns(2) is for good: this one ends in the container's namespaces.
    std::thread([&] {
      try {
        write();
      } catch (...) {
        failure = std::current_exception();
      }
    }).join();
    if (failure) std::rethrow_exception(failure);
  }
  void undo() const noexcept {}  // ends with the namespace

 private:
  void write() const {
    if (setns(pidfd->get(), CLONE_NEWIPC | CLONE_NEWUTS) != 0)
      runtime::fail_errno("cannot join the namespaces of the container");
    const std::string path = "/proc/" + sysctl_file(name, value);
    become_owner(path);
    runtime::write_file(path, value);
  }
  // From Linux 6.9 on the settings of an ipc namespace belong to the root of its user namespace, and no
  // capability helps others to write them. The raw call changes this thread alone.
  static void become_owner(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) runtime::fail_errno("cannot find `" + path + "`");
    if (info.st_uid != 0 && syscall(SYS_setresuid, -1, info.st_uid, -1) != 0)
      runtime::fail_errno("cannot become the owner of `" + path + "`");
  }
};

}  // namespace

std::optional<std::string> sysctl_problem(std::string_view name, std::string_view value) {
  if (std::optional<std::string> problem = name_problem(name)) return problem;
  return value_problem(value);
}

std::string sysctl_file(std::string_view name, std::string_view value) {
  if (const auto problem = sysctl_problem(name, value))
    throw Error({runtime::FieldError{"sysctl." + std::string(name.substr(0, kLongestName)), *problem}});
  std::string path = "sys/" + std::string(name);
  std::replace(path.begin(), path.end(), '.', '/');
  return path;
}

void plan_sysctls(const Sysctls& sysctls, runtime::Slot proc, runtime::LaunchList& list) {
  for (const auto& [name, value] : sysctls)
    if (const std::string file = sysctl_file(name, value); is_network(name))
      list.write_proc(proc, file, value);
}

void plan_host_sysctls(const Sysctls& sysctls, const runtime::FdSlot& pidfd, runtime::Changes& changes) {
  for (const auto& [name, value] : sysctls)
    if (const std::string file = sysctl_file(name, value); !is_network(name))
      runtime::add(changes, WriteHostSysctl{name, value, pidfd});
}

}  // namespace croft::fs
