// What goes between two net namespaces.
#pragma once

#include <string>

#include "tests/bench/floor/check.h"

namespace croft::bench {

// Of the calling thread's net namespace, from now on.
void enter_netns(const Fd& netns);
// A new one, with loopback up and `address` on it, unless that is empty; the caller stays where it is.
Fd new_netns(const std::string& address);

// Connected sockets between an address inside and one of the host.
class Flow {
 public:
  Flow(const Fd& inside, const std::string& from, const Fd& host, const std::string& to);

  [[nodiscard]] double megabytes_per_second() const;  // TCP, from a thread inside to one of the host
  [[nodiscard]] double round_trip_us() const;  // 64 bytes by UDP and the same back, two threads of one CPU
  // 64 bytes by UDP, sent and received by one thread: all work of the path counts, and no waking up.
  [[nodiscard]] double packet_ns() const;

 private:
  Fd stream_in_;
  Fd stream_out_;
  Fd datagrams_in_;
  Fd datagrams_out_;
};

}  // namespace croft::bench
