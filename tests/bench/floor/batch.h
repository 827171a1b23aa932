// Requests to the kernel over netlink (Documentation/userspace-api/netlink/intro.rst), put together by hand.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "tests/bench/floor/check.h"

namespace croft::bench {

// Several requests in one buffer, sent in one call, each acknowledged.
class Batch {
 public:
  void begin(std::uint16_t type, std::uint16_t flags, const void* header, std::size_t size) {
    begin_unanswered(type, static_cast<std::uint16_t>(NLM_F_ACK | flags), header, size);
    ++count_;
  }
  void begin_unanswered(std::uint16_t type, std::uint16_t flags, const void* header, std::size_t size) {
    start_ = bytes_.size();
    nlmsghdr h{};
    h.nlmsg_type = type;
    h.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    put(&h, sizeof h);
    put(header, size);
  }
  void attribute(std::uint16_t type, const void* value, std::size_t size) {
    const rtattr a{static_cast<std::uint16_t>(RTA_LENGTH(size)), type};
    put(&a, sizeof a, false);
    put(value, size);
  }
  void text(std::uint16_t type, const std::string& value) {
    attribute(type, value.c_str(), value.size() + 1);
  }
  void number(std::uint16_t type, std::uint32_t value) { attribute(type, &value, sizeof value); }
  std::size_t open_nest(std::uint16_t type) {
    const std::size_t at = bytes_.size();
    attribute(type, nullptr, 0);
    return at;
  }
  void close_nest(std::size_t at) {
    const auto size = static_cast<std::uint16_t>(bytes_.size() - at);
    memcpy(bytes_.data() + at, &size, sizeof size);
  }
  void end() {
    const auto size = static_cast<std::uint32_t>(bytes_.size() - start_);
    memcpy(bytes_.data() + start_, &size, sizeof size);
  }
  void raw(const void* data, std::size_t size) { put(data, size); }

  // `allowed` is an error number that is none.
  void send_all(const Fd& netlink, int allowed = 0) const {
    check(send(netlink.get(), bytes_.data(), bytes_.size(), 0), "send netlink");
    std::array<char, 8192> buffer{};
    for (int left = count_; left > 0;) {
      auto size =
          static_cast<unsigned>(check(recv(netlink.get(), buffer.data(), buffer.size(), 0), "netlink"));
      const auto* h = reinterpret_cast<const nlmsghdr*>(buffer.data());
      for (; NLMSG_OK(h, size); h = NLMSG_NEXT(h, size)) {
        int error = 0;  // the first member of the nlmsgerr after the header
        memcpy(&error, reinterpret_cast<const char*>(h) + NLMSG_HDRLEN, sizeof error);
        errno = -error;
        if (errno != 0 && errno != allowed) fail("netlink request " + std::to_string(count_ - left + 1));
        --left;
      }
    }
  }

 private:
  void put(const void* data, std::size_t size, bool pad = true) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + (pad ? NLMSG_ALIGN(size) : size), '\0');
    if (size > 0) memcpy(bytes_.data() + at, data, size);
  }
  std::string bytes_;
  std::size_t start_ = 0;
  int count_ = 0;
};

}  // namespace croft::bench
