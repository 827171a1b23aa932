#include "runtime/fd.h"

#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/error.h"

namespace croft::runtime {
namespace {

std::string read_all(const Fd& fd, const std::string& path, std::size_t limit) {
  std::string content;
  std::array<char, 8192> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_errno("cannot read `" + path + "`");
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > limit)
      throw Error(ErrorKind::kInvalid, "`" + path + "` is larger than " + std::to_string(limit) + " bytes");
  }
}

void write_once(const Fd& fd, const std::string& path, std::string_view content) {
  const ssize_t put = ::write(fd.get(), content.data(), content.size());
  if (put < 0) fail_errno("cannot write `" + path + "`");
  if (static_cast<std::size_t>(put) != content.size())
    throw Error(ErrorKind::kSystem, "cannot write `" + path + "`: only a part was taken");
}

void write_all(const Fd& fd, const std::string& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t put = ::write(fd.get(), content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_errno("cannot write `" + path + "`");
    content.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

void Fd::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Fd Fd::duplicate() const {
  Fd copy(fcntl(fd_, F_DUPFD_CLOEXEC, 0));
  if (!copy) fail_errno("cannot duplicate a file descriptor");
  return copy;
}

FdSlot make_slot(Fd fd) {
  return std::make_shared<Fd>(std::move(fd));
}

Fd open_file(const std::string& path, int flags, mode_t mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) fail_errno("cannot open `" + path + "`");
  return fd;
}

Fd open_at(const Fd& dir, const std::string& path, int flags, mode_t mode) {
  Fd fd(::openat(dir.get(), path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) fail_errno("cannot open `" + path + "`");
  return fd;
}

Fd open_in_root(const Fd& root, const std::string& path, int flags, mode_t mode) {
  struct open_how how {};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  Fd fd(static_cast<int>(syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
  if (!fd) fail_errno("cannot open `" + path + "` inside the root");
  return fd;
}

std::string read_file(const std::string& path, std::size_t limit) {
  return read_all(open_file(path, O_RDONLY), path, limit);
}

std::string read_file_at(const Fd& dir, const std::string& path, std::size_t limit) {
  return read_all(open_at(dir, path, O_RDONLY), path, limit);
}

void write_file(const std::string& path, std::string_view content) {
  write_once(open_file(path, O_WRONLY), path, content);
}

void write_file_at(const Fd& dir, const std::string& path, std::string_view content) {
  write_once(open_at(dir, path, O_WRONLY), path, content);
}

void replace_file(const std::string& path, std::string_view content, mode_t mode, bool durable) {
  const std::string temporary = path + ".new";
  {
    const Fd fd = open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
    write_all(fd, temporary, content);
    if (durable && fdatasync(fd.get()) != 0) fail_errno("cannot flush `" + temporary + "`");
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) fail_errno("cannot replace `" + path + "`");
}

bool exists(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0;
}

void make_directories(const std::string& path, mode_t mode) {
  for (std::size_t end = 1; end != std::string::npos;) {
    end = path.find('/', end);
    const std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), mode) != 0 && errno != EEXIST) fail_errno("cannot make directory `" + part + "`");
    if (end != std::string::npos) ++end;
  }
}

Fd sealed_memory(const char* name, std::string_view content) {
  Fd fd(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) fail_errno("cannot make an anonymous file");
  write_all(fd, name, content);
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    fail_errno("cannot seal an anonymous file");
  // For who reads on from where it stands.
  if (lseek(fd.get(), 0, SEEK_SET) != 0) fail_errno("cannot rewind an anonymous file");
  return fd;
}

void send_with_fds(int socket, std::string_view bytes, const std::vector<int>& fds) {
  if (fds.size() > kMaxPassedFds)
    throw Error(ErrorKind::kInvalid,
                "cannot pass " + std::to_string(fds.size()) + " file descriptors at once");
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  std::vector<char> control(fds.empty() ? 0 : CMSG_SPACE(fds.size() * sizeof(int)));
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
  }
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
    if (errno != EINTR) fail_errno("cannot send a message");
}

std::string receive_with_fds(int socket, std::size_t limit, std::vector<Fd>* fds) {
  std::string bytes(limit, '\0');
  iovec part{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxPassedFds * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = 0;
  while ((got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0)
    if (errno != EINTR) fail_errno("cannot receive a message");
  std::vector<Fd> received;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      received.emplace_back(fd);
    }
  }
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    throw Error(ErrorKind::kSystem, "a message arrived cut short");
  if (fds != nullptr) *fds = std::move(received);
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

}  // namespace croft::runtime
