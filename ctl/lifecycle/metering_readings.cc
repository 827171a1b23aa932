#include "ctl/lifecycle/metering_readings.h"

#include <unistd.h>

#include <array>
#include <climits>
#include <ctime>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using ledger::index_of;
using ledger::Meter;

std::int64_t micros_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

void count(ledger::Reading& reading, std::size_t meter, std::uint64_t value) {
  reading.counted.set(meter);
  reading.values.at(meter) = value;
}

void count(ledger::Reading& reading, Meter meter, const std::optional<cgroups::Micros>& value) {
  if (value) count(reading, index_of(meter), value->count);
}

void hold(ledger::Reading& reading, Meter meter, std::uint64_t value) {
  reading.counted.set(index_of(meter));
  reading.level.at(*ledger::level_of(index_of(meter))) = value;
}

std::string first_line(const std::string& path) {
  const std::string text = runtime::read_file(path);
  return text.substr(0, text.find('\n'));
}

}  // namespace

ledger::Instant now_on_both_clocks() {
  return {micros_of(CLOCK_REALTIME), static_cast<std::uint64_t>(micros_of(CLOCK_BOOTTIME))};
}

std::string boot_id() {
  return first_line("/proc/sys/kernel/random/boot_id");
}

std::string node_id() {
  try {
    if (std::string id = first_line("/etc/machine-id"); !id.empty()) return id;
  } catch (const runtime::Error&) {  // a host without systemd
  }
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) runtime::fail_errno("cannot tell the host's name");
  return name.data();
}

void put(const cgroups::Reading& group, ledger::Reading& reading) {
  count(reading, Meter::kCpu, group.cpu);
  count(reading, Meter::kCpuUser, group.cpu_user);
  count(reading, Meter::kCpuSystem, group.cpu_system);
  count(reading, Meter::kCpuThrottled, group.throttled);
  if (group.memory) hold(reading, Meter::kMemory, group.memory->count);
  if (group.swap) hold(reading, Meter::kSwap, group.swap->count);
  if (group.tasks) hold(reading, Meter::kTasks, *group.tasks);
  if (group.oom_kills) count(reading, index_of(Meter::kOomKills), *group.oom_kills);
  if (!group.io) return;
  count(reading, index_of(Meter::kIoRead), group.io->read_bytes);
  count(reading, index_of(Meter::kIoWritten), group.io->written_bytes);
  count(reading, index_of(Meter::kIoReads), group.io->reads);
  count(reading, index_of(Meter::kIoWrites), group.io->writes);
}

// Class 0 always, so that it shows that traffic is counted; the others from their first packet on.
void put(const netns::Traffic& traffic, ledger::Reading& reading) {
  using ledger::NetPart;
  static_assert(std::tuple_size_v<netns::Traffic> == ledger::kTrafficClasses);
  for (std::size_t i = 0; i < traffic.size(); ++i) {
    const netns::ClassTraffic& one = traffic.at(i);
    if (i > 0 && (one.in.packets | one.in.bytes | one.out.packets | one.out.bytes) == 0) continue;
    count(reading, net_meter(i, NetPart::kInBytes), one.in.bytes);
    count(reading, net_meter(i, NetPart::kInPackets), one.in.packets);
    count(reading, net_meter(i, NetPart::kOutBytes), one.out.bytes);
    count(reading, net_meter(i, NetPart::kOutPackets), one.out.packets);
  }
}

ledger::Json promise_of(const cgroups::Resources& resources) {
  ledger::Json promise = ledger::Json::object();
  for (std::size_t i = 0; i < cgroups::kResourceCount; ++i) {
    const auto resource = static_cast<cgroups::Resource>(i);
    const cgroups::Words& words = resources[resource];
    ledger::Json one = ledger::Json::object();
    if (words.guarantee > 0) one["guarantee"] = words.guarantee;
    if (words.barrier) one["barrier"] = *words.barrier;
    if (words.limit) one["limit"] = *words.limit;
    if (!one.empty()) promise[std::string(cgroups::to_text(resource))] = std::move(one);
  }
  return promise;
}

}  // namespace croft::ctl
