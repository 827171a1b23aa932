// A host of the imagination: containers with counters that only grow, a daemon that may die at any moment, a
// clock that somebody sets. It knows what was really used.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "ctl/ledger/book.h"

namespace croft::ledger {

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed), book_({.grid = kGrid}) {}

  static constexpr std::uint64_t kGrid = 300'000'000;

  void step();
  void finish();

  [[nodiscard]] const std::vector<Record>& records() const { return records_; }
  // Really used, by container and meter.
  [[nodiscard]] const std::map<std::string, Values>& truth() const { return truth_; }

 private:
  struct Container {
    Identity identity;
    RunState state = RunState::kStopped;
    Values run{};  // counters of the kernel; those of the network of the container's whole life
    std::uint64_t memory = 0;
    Instant created, started;
  };
  std::uint64_t upto(std::uint64_t most) { return random_() % (most + 1); }
  Reading look(Container& one);
  Facts facts_of(const Container& one) const;
  void work();
  void keep();
  void begin_at_creation(const Container& one);
  void create();
  void start(Container& one);
  void stop(Container& one);
  void begin_run(Container& one);
  void pass();
  void die();
  void restart_daemon();
  void reboot();
  Container& any();

  std::mt19937_64 random_;
  Book book_;
  Instant now_{.real = 1'700'000'000'000'000, .boot = 5'000'000};
  std::string boot_ = "boot-0";
  std::map<std::string, Container> containers_;
  std::vector<Record> records_;
  std::map<std::string, Record> last_;
  std::map<std::string, Values> truth_;
  std::uint64_t number_ = 0;
};

}  // namespace croft::ledger
