// Time stamps of one cycle's steps, in memory that the parent shares with the cloned child, so that the
// child's share is still known after it has executed another program.
#pragma once

#include <sys/mman.h>
#include <time.h>

#include <array>
#include <cstdint>
#include <new>

#include "tests/bench/floor/check.h"

namespace croft::bench {

inline std::uint64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(t.tv_nsec);
}

struct Mark {
  const char* step;  // a literal: the same address on both sides of a clone
  std::uint64_t ns;  // CLOCK_MONOTONIC when the step was done
};

class Track {
 public:
  void begin() {
    count_ = 0;
    done("");
  }
  void done(const char* step) {
    if (count_ < marks_.size()) marks_[count_++] = {step, now_ns()};
  }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] const Mark& operator[](std::size_t i) const { return marks_[i]; }

 private:
  std::size_t count_ = 0;
  std::array<Mark, 96> marks_;
};

struct Marks {
  Track parent;
  Track child;
};

inline Marks* share_marks() {
  void* memory = mmap(nullptr, sizeof(Marks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return new (memory) Marks;
}

}  // namespace croft::bench
