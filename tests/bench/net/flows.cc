#include "tests/bench/net/flows.h"

#include <arpa/inet.h>
#include <linux/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

namespace croft::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kWrite = 256 << 10;
constexpr std::size_t kBytes = 256 << 20;
constexpr int kTrips = 2000;
constexpr std::size_t kSmall = 64;
constexpr unsigned kPackets = 40'000;
constexpr unsigned kBatch = 50;  // far from the length of a CPU's backlog

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

sockaddr_in address_of(const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (inet_pton(AF_INET, text.c_str(), &address.sin_addr) != 1) fail("address " + text);
  return address;
}

Fd bound(int type, const std::string& text) {
  Fd fd(check(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket"));
  const sockaddr_in address = address_of(text);
  check(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind " + text);
  return fd;
}

void connect_to(const Fd& from, const Fd& to) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(getsockname(to.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  check(connect(from.get(), reinterpret_cast<const sockaddr*>(&address), size), "connect");
}

Fd own_netns() {
  return open_or_fail(AT_FDCWD, "/proc/thread-self/ns/net", O_RDONLY);
}

void loopback_up(const std::string& address) {
  const Fd fd(check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
  check(ioctl(fd.get(), SIOCSIFFLAGS, &request), "lo up");
  if (address.empty()) return;
  const sockaddr_in own = address_of(address);
  std::strncpy(request.ifr_name, "lo:1", sizeof request.ifr_name - 1);
  std::memcpy(&request.ifr_addr, &own, sizeof own);
  check(ioctl(fd.get(), SIOCSIFADDR, &request), "address of lo");
}

// Of this thread and those that it starts: whether two of them wake each other on one CPU or on two is the
// scheduler's choice, and makes ten times more of a difference than any path.
class OneCpu {
 public:
  OneCpu() {
    check(sched_getaffinity(0, sizeof before_, &before_), "get the CPUs of a thread");
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(check(sched_getcpu(), "get the CPU"), &one);
    check(sched_setaffinity(0, sizeof one, &one), "keep a thread on its CPU");
  }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;
  ~OneCpu() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_{};
};

}  // namespace

void enter_netns(const Fd& netns) {
  check(setns(netns.get(), CLONE_NEWNET), "enter a net namespace");
}

Fd new_netns(const std::string& address) {
  const Fd before = own_netns();
  check(unshare(CLONE_NEWNET), "make a net namespace");
  loopback_up(address);
  Fd made = own_netns();
  enter_netns(before);
  return made;
}

Flow::Flow(const Fd& inside, const std::string& from, const Fd& host, const std::string& to) {
  const Fd before = own_netns();
  enter_netns(host);
  const Fd listener = bound(SOCK_STREAM, to);
  check(listen(listener.get(), 1), "listen");
  datagrams_out_ = bound(SOCK_DGRAM, to);
  enter_netns(inside);
  stream_in_ = bound(SOCK_STREAM, from);
  connect_to(stream_in_, listener);
  datagrams_in_ = bound(SOCK_DGRAM, from);
  connect_to(datagrams_in_, datagrams_out_);
  connect_to(datagrams_out_, datagrams_in_);
  stream_out_ = Fd(check(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  enter_netns(before);
}

double Flow::megabytes_per_second() const {
  const auto begin = Clock::now();
  std::thread sender([this] {
    const std::vector<char> data(kWrite);
    for (std::size_t left = kBytes; left > 0;) {
      const ssize_t sent = send(stream_in_.get(), data.data(), std::min(left, data.size()), 0);
      if (sent <= 0) return;  // the receiver finds out
      left -= static_cast<std::size_t>(sent);
    }
  });
  std::vector<char> data(kWrite);
  std::size_t received = 0;
  while (received < kBytes) {
    const ssize_t got = recv(stream_out_.get(), data.data(), data.size(), 0);
    if (got <= 0) break;
    received += static_cast<std::size_t>(got);
  }
  const double time = seconds_since(begin);
  sender.join();
  if (received < kBytes) fail("receive a stream");
  return static_cast<double>(received) / time / 1e6;
}

double Flow::round_trip_us() const {
  const OneCpu one_cpu;
  std::thread answers([this] {
    std::array<char, kSmall> data{};
    for (int i = 0; i < kTrips; ++i)
      if (recv(datagrams_out_.get(), data.data(), data.size(), 0) < 0 ||
          send(datagrams_out_.get(), data.data(), data.size(), 0) < 0)
        return;
  });
  std::array<char, kSmall> data{};
  const auto begin = Clock::now();
  bool whole = true;
  for (int i = 0; i < kTrips && whole; ++i)
    whole = send(datagrams_in_.get(), data.data(), data.size(), 0) > 0 &&
            recv(datagrams_in_.get(), data.data(), data.size(), 0) > 0;
  const double time = seconds_since(begin);
  if (!whole) fail("exchange datagrams");
  answers.join();
  return time * 1e6 / kTrips;
}

double Flow::packet_ns() const {
  std::array<char, kSmall> data{};
  iovec part{data.data(), data.size()};
  std::array<mmsghdr, kBatch> messages{};
  for (mmsghdr& one : messages) {
    one.msg_hdr.msg_iov = &part;
    one.msg_hdr.msg_iovlen = 1;
  }
  const auto begin = Clock::now();
  for (unsigned sent = 0; sent < kPackets; sent += kBatch) {
    check(sendmmsg(datagrams_in_.get(), messages.data(), kBatch, 0), "sendmmsg");
    check(recvmmsg(datagrams_out_.get(), messages.data(), kBatch, 0, nullptr), "recvmmsg");
  }
  return seconds_since(begin) * 1e9 / kPackets;
}

}  // namespace croft::bench
