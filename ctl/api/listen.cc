#include "ctl/api/listen.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr int kBacklog = 512;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    throw Error(ErrorKind::kInvalid, "the socket path `" + path + "` must have 1 to 107 bytes");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

Fd make_socket() {
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) runtime::fail_errno("cannot make a socket");
  return socket;
}

void remove_dead_socket(const std::string& path, const sockaddr_un& address) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return;
  if (!S_ISSOCK(info.st_mode))
    throw Error(ErrorKind::kExists, "cannot listen at `" + path + "`: something that is no socket is there");
  const Fd probe = make_socket();
  if (connect(probe.get(), generic(address), sizeof address) == 0 || errno != ECONNREFUSED)
    throw Error(ErrorKind::kBusy, "cannot listen at `" + path + "`: another daemon answers there");
  if (unlink(path.c_str()) != 0 && errno != ENOENT) runtime::fail_errno("cannot remove `" + path + "`");
}

std::optional<gid_t> find_group(const std::string& name) {
  std::vector<char> buffer(16384);
  struct group entry {};
  struct group* found = nullptr;
  getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return {};
  return found->gr_gid;
}

void set_access(const std::string& path, const std::string& group) {
  const std::optional<gid_t> gid = find_group(group);
  // The owner stays who made it; the group is set before the mode lets it in.
  if (gid && chown(path.c_str(), static_cast<uid_t>(-1), *gid) != 0)
    runtime::fail_errno("cannot give `" + path + "` to group `" + group + "`");
  if (chmod(path.c_str(), gid ? 0660 : 0600) != 0)
    runtime::fail_errno("cannot set the mode of `" + path + "`");
}

}  // namespace

Fd listen_at(const std::string& path, const std::string& group) {
  const sockaddr_un address = address_of(path);
  remove_dead_socket(path, address);
  Fd socket = make_socket();
  if (bind(socket.get(), generic(address), sizeof address) != 0)
    runtime::fail_errno("cannot listen at `" + path + "`");
  set_access(path, group);  // nobody can connect before listen(2)
  if (listen(socket.get(), kBacklog) != 0) runtime::fail_errno("cannot listen at `" + path + "`");
  return socket;
}

}  // namespace croft::ctl
