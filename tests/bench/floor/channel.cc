#include <sys/socket.h>

#include <array>
#include <cstring>

#include "tests/bench/floor/child.h"

namespace croft::bench {

void say(int channel, char word, int fd) {
  iovec data{&word, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  check(sendmsg(channel, &message, MSG_NOSIGNAL), "send to the child");
}

Fd hear(int channel, char expected) {
  char word = 0;
  iovec data{&word, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (check(recvmsg(channel, &message, MSG_CMSG_CLOEXEC), "receive") != 1 || word != expected) {
    errno = EPROTO;
    fail("receive");
  }
  int fd = -1;
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr)
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return Fd(fd);
}

}  // namespace croft::bench
