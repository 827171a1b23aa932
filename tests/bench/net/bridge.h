// What lxc makes of two containers by default: a bridge on the host, and a veth pair from it to each, in one
// subnet.
#pragma once

#include <string>

#include "tests/bench/floor/check.h"

namespace croft::bench {

class BridgeHost {
 public:
  BridgeHost();
  [[nodiscard]] const Fd& inside(unsigned number) const { return number == 0 ? first_ : second_; }
  static std::string address(unsigned number) { return "10.0.3." + std::to_string(number + 2); }

 private:
  Fd host_;
  Fd first_;
  Fd second_;
};

}  // namespace croft::bench
