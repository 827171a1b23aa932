// Hosts with containers, each in a net namespace of its own: one as Croft makes it, with anti-spoofing,
// isolation and traffic classes, and one with nothing but veth pairs, addresses and routes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "netns/guard.h"
#include "netns/ruleset.h"
#include "netns/traffic.h"
#include "runtime/fd.h"
#include "tests/bench/floor/check.h"

namespace croft::bench {

inline constexpr const char* kWorld = "198.51.100.1";  // an address of the host itself

class CroftHost {
 public:
  // Its counters lie in `pins`.
  explicit CroftHost(const std::string& pins);

  // Everything of one container's network, both ends; microseconds.
  double make(unsigned number, const Fd& inside);
  void remove(unsigned number);
  static std::string address(unsigned number);
  [[nodiscard]] const Fd& netns() const { return host_; }
  // All counters; milliseconds.
  [[nodiscard]] double read_ms(std::size_t containers) const;

 private:
  void enter() const { enter_host(host_); }
  static void enter_host(const Fd& netns);

  Fd host_;
  std::unique_ptr<netns::Nftables> filter_;
  std::unique_ptr<netns::TrafficMeter> meter_;
};

// Container number 0 alone, whose network is made again and again.
class BareHost {
 public:
  BareHost();
  ~BareHost();
  BareHost(const BareHost&) = delete;
  BareHost& operator=(const BareHost&) = delete;
  double make();
  void remove();
  static std::string address();
  [[nodiscard]] const Fd& netns() const { return host_; }
  [[nodiscard]] const Fd& inside() const { return inside_; }

 private:
  Fd host_;
  Fd inside_;
  pid_t child_;  // what netlink knows the inside by
};

}  // namespace croft::bench
