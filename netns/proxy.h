// Addresses of containers that the host answers for on an interface of its own, by ARP and NDP, so that
// neighbours there who know no route send to it. Entries carry a mark by which they are known as ours.
#pragma once

#include <string>
#include <vector>

#include "netns/pool.h"
#include "runtime/change.h"

namespace croft::netns {

struct Proxied {
  std::string device;
  Address address;
  bool operator==(const Proxied&) const = default;
};
std::string to_text(const Proxied& one);

// Answers from now on for `come`, and for `gone` no more. Those of `come` that are there are fine, those of
// `gone` that are not, too. For IPv6 the interface is told to have proxies at all (proxy_ndp), and stays so.
// Throws Error kNotFound for an interface that is not there; then nothing has changed.
void change_proxies(const std::vector<Proxied>& gone, const std::vector<Proxied>& come,
                    const std::string& proc = "/proc");
// All that are ours.
std::vector<Proxied> list_proxies();

struct AnswerFor {
  std::vector<Proxied> all;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const { change_proxies({}, all); }
  void undo() const noexcept;
};

}  // namespace croft::netns
