#include "tests/unit/ledger/simulation.h"

namespace croft::ledger {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
const std::size_t kNetIn = net_meter(0, NetPart::kInBytes);

}  // namespace

Facts Simulation::facts_of(const Container& one) const {
  return {one.state, R"({"tenant":"default","name":")" + one.identity.uuid + R"("})"};
}

Simulation::Container& Simulation::any() {
  auto at = containers_.begin();
  std::advance(at, static_cast<long>(upto(containers_.size() - 1)));
  return at->second;
}

// What the kernel tells of it now.
Reading Simulation::look(Container& one) {
  Reading reading;
  reading.at = now_;
  reading.counted.set(kNetIn);
  reading.values[kNetIn] = one.run[kNetIn];
  if (one.state == RunState::kStopped) return reading;
  for (const Meter meter : {Meter::kCpu, Meter::kIoRead, Meter::kMemory})
    reading.counted.set(index_of(meter));
  for (const Meter meter : {Meter::kCpu, Meter::kIoRead})
    reading.values[index_of(meter)] = one.run[index_of(meter)];
  reading.level[0] = one.memory;
  return reading;
}

void Simulation::work() {
  const std::uint64_t time = 1 + upto(20 * kSecond);
  now_.boot += time;
  now_.real += static_cast<std::int64_t>(time);
  for (auto& [uuid, one] : containers_) {
    if (one.state == RunState::kStopped) continue;
    for (const std::size_t meter : {index_of(Meter::kCpu), index_of(Meter::kIoRead), kNetIn}) {
      const std::uint64_t more = one.state == RunState::kFrozen ? 0 : upto(time);
      one.run[meter] += more;
      truth_[uuid][meter] += more;
    }
    one.memory = upto(std::uint64_t{1} << 40U);
  }
}

void Simulation::keep() {
  for (Record& record : book_.take()) {
    last_[record.identity.uuid] = record;
    records_.push_back(std::move(record));
  }
}

// It was never told of: all that it used since is known from its counters.
void Simulation::begin_at_creation(const Container& one) {
  Facts facts = facts_of(one);
  facts.state = RunState::kStopped;
  Reading then;
  then.at = one.created;
  book_.begin(one.identity, facts, then);
}

void Simulation::create() {
  Container one;
  one.identity = {"ct-" + std::to_string(number_++), boot_, 0, 0};
  one.created = now_;
  truth_[one.identity.uuid] = {};
  begin_at_creation(one);
  containers_[one.identity.uuid] = one;
}

void Simulation::begin_run(Container& one) {
  ++one.identity.generation;
  one.identity.boot = boot_;
  one.identity.group = ++number_;
  one.state = RunState::kRunning;
  for (std::size_t i = 0; i < index_of(Meter::kNet); ++i) one.run[i] = 0;
  one.memory = 0;
  one.started = now_;
}

void Simulation::start(Container& one) {
  begin_run(one);
  book_.run(one.identity, facts_of(one), now_);
}

void Simulation::stop(Container& one) {
  book_.stop(one.identity.uuid, look(one));
  one.state = RunState::kStopped;
}

void Simulation::pass() {
  for (auto& [uuid, one] : containers_) {
    const Reading reading = look(one);
    if (book_.is_due(uuid, now_))
      book_.cut(uuid, reading, Cause::kGrid);
    else
      book_.observe(uuid, reading);
  }
}

// What was not kept is gone with it; of the levels the straight line since the last record is all that is
// left.
void Simulation::die() {
  book_ = Book({.grid = kGrid});
  for (std::uint64_t rest = upto(30); rest > 0; --rest) work();
  restart_daemon();
}

void Simulation::restart_daemon() {
  for (auto& [uuid, one] : containers_) {
    const auto last = last_.find(uuid);
    if (last == last_.end())
      begin_at_creation(one);
    else
      book_.resume(last->second);
  }
  book_.look_at_clock(now_);
  for (auto& [uuid, one] : containers_) {
    if (one.state != RunState::kStopped && book_.find(uuid)->facts.state == RunState::kStopped)
      book_.run(one.identity, facts_of(one), one.started);
    book_.cut(uuid, look(one), Cause::kDaemonStart);
  }
}

void Simulation::reboot() {
  boot_ = "boot-" + std::to_string(++number_);
  now_.boot = 1 + upto(100 * kSecond);
  now_.real += static_cast<std::int64_t>(now_.boot + upto(1000 * kSecond));
  book_ = Book({.grid = kGrid});
  for (auto& [uuid, one] : containers_) {
    one.state = RunState::kStopped;
    one.identity.boot = boot_;
    if (const auto last = last_.find(uuid); last != last_.end()) {
      book_.resume(last->second);
      book_.gap(uuid, boot_, now_, Cause::kHostRestart);
    } else {
      begin_at_creation(one);
      book_.gap(uuid, boot_, now_, Cause::kHostRestart);
    }
  }
  book_.look_at_clock(now_);
}

void Simulation::step() {
  work();
  if (upto(200) == 0)
    now_.real += static_cast<std::int64_t>(upto(7200 * kSecond)) - 3600 * static_cast<std::int64_t>(kSecond);
  book_.look_at_clock(now_);
  if (containers_.empty() || (containers_.size() < 5 && upto(20) == 0)) create();
  Container& one = any();
  const std::uint64_t chance = upto(40);
  if (chance == 0 && one.state == RunState::kStopped) {
    start(one);
  } else if (chance == 1 && one.state != RunState::kStopped) {
    stop(one);
  } else if (chance < 4 && one.state != RunState::kStopped) {
    const bool frozen = one.state == RunState::kFrozen;
    book_.cut(one.identity.uuid, look(one), frozen ? Cause::kThaw : Cause::kFreeze);
    one.state = frozen ? RunState::kRunning : RunState::kFrozen;
    book_.change(one.identity.uuid, facts_of(one));
  }
  pass();
  keep();
  if (upto(300) == 0) die();
  if (upto(1500) == 0) reboot();
  keep();
}

void Simulation::finish() {
  for (auto& [uuid, one] : containers_) book_.cut(uuid, look(one), Cause::kDaemonStop);
  keep();
}

}  // namespace croft::ledger
