#include <algorithm>

#include "cgroups/governor_parts.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

std::uint64_t grown(std::uint64_t before, std::uint64_t now) {
  return now >= before ? now - before : now;
}

std::uint64_t grown(std::uint64_t before, const std::optional<std::uint64_t>& now) {
  return now ? grown(before, *now) : 0;
}

std::optional<std::uint64_t> grown(bool had, std::uint64_t before, const std::optional<Micros>& now) {
  if (!had || !now) return std::nullopt;
  return grown(before, now->count);
}

void take(const std::optional<std::uint64_t>& now, std::uint64_t& value) {
  if (now) value = *now;
}

bool take(const std::optional<Micros>& now, std::uint64_t& value) {
  if (now) value = now->count;
  return now.has_value();
}

void raise(std::array<std::uint64_t, kResourceCount>& maxheld, Resource resource, std::uint64_t value) {
  of(maxheld, resource) = std::max(of(maxheld, resource), value);
}

}  // namespace

void raise_peaks(const Reading& now, Account& account) {
  for (std::size_t i = 0; i < kResourceCount; ++i)
    account.maxheld[i] = std::max(account.maxheld[i], account.held[i]);
  if (now.memory_peak) raise(account.maxheld, Resource::kMemory, now.memory_peak->count);
  if (now.tasks_peak) raise(account.maxheld, Resource::kTasks, *now.tasks_peak);
}

Counted counted_in(const Reading& reading) {
  Counted counted;
  const auto put = [&](Resource resource, bool told) {
    counted.set(static_cast<std::size_t>(resource), told);
  };
  put(Resource::kCpu, reading.cpu.has_value());
  put(Resource::kMemory, reading.memory.has_value());
  put(Resource::kSwap, reading.swap.has_value());
  put(Resource::kMemswap, reading.memory && reading.swap);
  put(Resource::kIo, reading.io.has_value());
  put(Resource::kIops, reading.io.has_value());
  put(Resource::kNetIn, reading.net.has_value());
  put(Resource::kNetOut, reading.net.has_value());
  put(Resource::kTasks, reading.tasks.has_value());
  put(Resource::kTcpSockets, reading.tcp_sockets.has_value());
  put(Resource::kOtherSockets, reading.other_sockets.has_value());
  return counted;
}

Growth growth_of(const Account& before, const Reading& now) {
  Growth growth;
  growth.cpu = grown(before.had_cpu, before.cpu_used, now.cpu);
  growth.throttled = grown(before.had_throttled, before.throttled, now.throttled);
  growth.memory_stall = grown(before.had_stall, before.memory_stall, now.memory_stall);
  if (before.had_io && now.io)
    growth.io = Reading::Io{grown(before.read_bytes, now.io->read_bytes),
                            grown(before.written_bytes, now.io->written_bytes),
                            grown(before.reads, now.io->reads), grown(before.writes, now.io->writes)};
  if (before.had_net && now.net)
    growth.net = Reading::Net{grown(before.received, now.net->received), grown(before.sent, now.net->sent)};
  growth.high_events = grown(before.high_events, now.high_events);
  growth.oom_events = grown(before.oom_events, now.oom_events);
  growth.oom_kills = grown(before.oom_kills, now.oom_kills);
  growth.refused_tasks = grown(before.refused_tasks, now.refused_tasks);
  growth.refused_tcp = grown(before.refused_tcp, now.refused_tcp);
  growth.refused_other = grown(before.refused_other, now.refused_other);
  return growth;
}

void take_counters(const Reading& now, Account& account) {
  account.at = now.at;
  account.had_cpu = take(now.cpu, account.cpu_used);
  account.had_throttled = take(now.throttled, account.throttled);
  account.had_stall = take(now.memory_stall, account.memory_stall);
  account.had_io = now.io.has_value();
  if (now.io) {
    account.read_bytes = now.io->read_bytes;
    account.written_bytes = now.io->written_bytes;
    account.reads = now.io->reads;
    account.writes = now.io->writes;
  }
  account.had_net = now.net.has_value();
  if (now.net) {
    account.received = now.net->received;
    account.sent = now.net->sent;
  }
  take(now.high_events, account.high_events);
  take(now.oom_events, account.oom_events);
  take(now.oom_kills, account.oom_kills);
  take(now.refused_tasks, account.refused_tasks);
  take(now.refused_tcp, account.refused_tcp);
  take(now.refused_other, account.refused_other);
}

void take_levels(const Reading& now, Account& account) {
  auto& held = account.held;
  if (now.memory) of(held, Resource::kMemory) = now.memory->count;
  if (now.swap) of(held, Resource::kSwap) = now.swap->count;
  of(held, Resource::kMemswap) = plus(of(held, Resource::kMemory), of(held, Resource::kSwap));
  take(now.tasks, of(held, Resource::kTasks));
  take(now.tcp_sockets, of(held, Resource::kTcpSockets));
  take(now.other_sockets, of(held, Resource::kOtherSockets));
  raise_peaks(now, account);
}

void take_rates(const Tick& tick, Account& account) {
  const std::uint64_t time = tick.elapsed.count;
  if (tick.grown.cpu) of(account.held, Resource::kCpu) = scaled(*tick.grown.cpu, 1000, time);
  if (const auto& io = tick.grown.io) {
    of(account.held, Resource::kIo) = scaled(std::max(io->read_bytes, io->written_bytes), kSecond, time);
    of(account.held, Resource::kIops) = scaled(std::max(io->reads, io->writes), kSecond, time);
  }
  if (const auto& net = tick.grown.net) {
    of(account.held, Resource::kNetIn) = scaled(passed(tick, Resource::kNetIn, net->received), kSecond, time);
    of(account.held, Resource::kNetOut) = scaled(passed(tick, Resource::kNetOut, net->sent), kSecond, time);
  }
  raise_peaks(tick.now, account);
}

}  // namespace croft::cgroups
