#include "ctl/lifecycle/user.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::uint32_t kMaxId = 65535;                 // of a container's range
constexpr std::size_t kMaxFile = std::size_t{1} << 20;  // a million bytes of users
constexpr std::size_t kMaxGroups = 64;

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return {};
  return value;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// A regular file inside the root, or nothing: a fifo or device under that name is the container's own trick.
std::string read_inside(const runtime::Fd& root, const std::string& path) {
  try {
    const runtime::Fd file = runtime::open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat info {};
    if (fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
    std::string text(std::min<std::size_t>(static_cast<std::size_t>(info.st_size), kMaxFile), '\0');
    const ssize_t got = pread(file.get(), text.data(), text.size(), 0);
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  } catch (const Error&) {
    return {};
  }
}

std::optional<User> passwd_entry(std::string_view passwd, std::string_view who, std::string* name) {
  const std::optional<std::uint32_t> uid = all_digits(who) ? number(who) : std::nullopt;
  for (const std::string_view line : split(passwd, '\n')) {
    const std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() < 7) continue;
    const auto line_uid = number(fields[2]);
    const auto line_gid = number(fields[3]);
    if (!line_uid || !line_gid || *line_uid > kMaxId || *line_gid > kMaxId) continue;
    if (uid ? *line_uid != *uid : fields[0] != who) continue;
    *name = fields[0];
    User user{.uid = *line_uid,
              .gid = *line_gid,
              .groups = {},
              .home = std::string(fields[5]),
              .shell = std::string(fields[6])};
    if (user.home.empty() || user.home.front() != '/') user.home = "/";
    if (user.shell.empty() || user.shell.front() != '/') user.shell = "/bin/sh";
    return user;
  }
  return {};
}

void add_groups(std::string_view group, const std::string& name, User& user) {
  for (const std::string_view line : split(group, '\n')) {
    const std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() < 4 || user.groups.size() >= kMaxGroups) continue;
    const auto gid = number(fields[2]);
    const std::vector<std::string_view> members = split(fields[3], ',');
    if (gid && *gid <= kMaxId && std::find(members.begin(), members.end(), name) != members.end())
      user.groups.push_back(*gid);
  }
}

void check_id(std::string_view what, std::string_view who) {
  if (who.empty())
    throw Error(ErrorKind::kInvalid, "no " + std::string(what) + " is named")
        .cure("write USER or USER:GROUP");
  if (all_digits(who) && (!number(who) || *number(who) > kMaxId))
    throw Error(ErrorKind::kInvalid,
                std::string(what) + " `" + std::string(who) + "` is beyond a container's ids 0..65535");
}

[[noreturn]] void fail_unknown(std::string_view what, std::string_view who) {
  throw Error(ErrorKind::kNotFound,
              "there is no " + std::string(what) + " `" + std::string(who) + "` inside");
}

User user_alone(std::string_view passwd, std::string_view group, std::string_view who) {
  check_id("user", who);
  std::string name;
  if (std::optional<User> user = passwd_entry(passwd, who, &name)) {
    add_groups(group, name, *user);
    return *std::move(user);
  }
  if (!all_digits(who)) fail_unknown("user", who);
  User bare;
  bare.uid = bare.gid = *number(who);
  if (bare.uid == 0) bare.home = "/root";
  return bare;
}

std::uint32_t group_alone(std::string_view group, std::string_view who) {
  check_id("group", who);
  if (all_digits(who)) return *number(who);
  for (const std::string_view line : split(group, '\n')) {
    const std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() < 3 || fields[0] != who) continue;
    if (const auto gid = number(fields[2]); gid && *gid <= kMaxId) return *gid;
  }
  fail_unknown("group", who);
}

}  // namespace

User find_user(std::string_view passwd, std::string_view group, std::string_view who) {
  const std::size_t colon = who.find(':');
  User user = user_alone(passwd, group, who.substr(0, colon));
  if (colon != std::string_view::npos) {
    user.gid = group_alone(group, who.substr(colon + 1));
    user.groups.clear();
  }
  return user;
}

User find_user(const runtime::Fd& root, std::string_view who) {
  return find_user(read_inside(root, "/etc/passwd"), read_inside(root, "/etc/group"), who);
}

User find_user_in(const std::vector<std::string>& directories, std::string_view who) {
  std::string passwd;
  std::string group;
  for (const std::string& directory : directories) {
    const runtime::Fd root = runtime::open_file(directory, O_PATH | O_DIRECTORY);
    if (passwd.empty()) passwd = read_inside(root, "/etc/passwd");
    if (group.empty()) group = read_inside(root, "/etc/group");
  }
  return find_user(passwd, group, who);
}

}  // namespace croft::ctl
