// Numbers by chance, the same in every run: the properties that they look for are stated with their seed.
#pragma once

#include <cstdint>
#include <random>

namespace croft::cgroups {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>{0, end - 1}(engine_);
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  // Of every magnitude, the largest too.
  std::uint64_t any() { return engine_() >> below(64); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace croft::cgroups
