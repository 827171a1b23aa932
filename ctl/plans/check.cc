#include "ctl/plans/check.h"

#include <algorithm>

#include "ctl/plans/library.h"
#include "ctl/spec/amounts.h"
#include "ctl/spec/units.h"

namespace croft::ctl::plans {
namespace {

using cgroups::Capacities;
using cgroups::Capacity;
using cgroups::Resource;
using cgroups::Resources;
using cgroups::Words;

const Capacity& of(const Capacities& host, Resource resource) {
  return host.at(static_cast<std::size_t>(resource));
}

std::uint64_t available(const Capacity& capacity) {
  const std::uint64_t total = capacity.total.value_or(0);
  return total - std::min(total, capacity.reserve);
}

std::string key_of(Resource resource, std::string_view word) {
  return std::string(to_text(resource)) + "." + std::string(word);
}

void check_guarantee(Resource resource, const Words& words, const Capacity& host,
                     std::vector<Finding>& findings) {
  if (words.guarantee == 0 || words.guarantee <= available(host)) return;
  const auto text = [resource](std::uint64_t value) { return amounts::format(resource, value); };
  const std::string is = "is " + text(words.guarantee);
  findings.push_back({Weight::kError, key_of(resource, "guarantee"),
                      host.total ? is + ", but this host can guarantee " + text(available(host)) + " (" +
                                       text(*host.total) + " less a reserve of " + text(host.reserve) + ")"
                                 : is + ", but nobody said how much of it this host has"});
}

void check_limit(Resource resource, const Words& words, const Capacity& host,
                 std::vector<Finding>& findings) {
  if (!words.limit || !host.total || *words.limit <= *host.total) return;
  findings.push_back({Weight::kWarning, key_of(resource, "limit"),
                      "is " + amounts::format(resource, *words.limit) + ", more than this host has (" +
                          amounts::format(resource, *host.total) + ")"});
}

void check_tasks(const Resources& plan, std::vector<Finding>& findings) {
  const auto tasks = plan[Resource::kTasks].limit;
  const auto memory = plan[Resource::kMemory].limit;
  if (!tasks || !memory || *tasks <= *memory / kTaskBytes) return;
  findings.push_back({Weight::kWarning, "tasks.limit",
                      "is " + std::to_string(*tasks) + ", and the kernel's part of so many tasks alone (" +
                          format(Bytes{kTaskBytes}) + " each) is more than memory.limit (" +
                          format(Bytes{*memory}) + ")"});
}

// Every socket is an open file.
void check_files(const Resources& plan, std::vector<Finding>& findings) {
  const auto files = plan[Resource::kFiles].limit;
  const auto tcp = plan[Resource::kTcpSockets].limit;
  const auto other = plan[Resource::kOtherSockets].limit;
  if (!files || !tcp || !other || *tcp + *other <= *files) return;
  findings.push_back({Weight::kWarning, "files.limit",
                      "is " + std::to_string(*files) + ", less than the sockets that are allowed (" +
                          std::to_string(*tcp) + " and " + std::to_string(*other) +
                          "), which are open files"});
}

// How long a full burst lasts at the limit.
void tell_burst(Resource resource, const Words& words, const Capacity& host, std::vector<Finding>& findings) {
  const std::optional<std::uint64_t> limit = words.limit ? words.limit : host.total;
  if (!words.burst || !words.barrier || !limit || *limit <= *words.barrier) return;
  const std::uint64_t above = *limit - *words.barrier;
  std::uint64_t seconds = words.burst->amount / above;
  if (resource == Resource::kCpu) seconds = words.burst->amount / 1000 / above;  // microseconds, milli-CPU
  if (resource == Resource::kMemory) seconds = words.burst->amount / 1'000'000;
  findings.push_back({Weight::kNote, key_of(resource, "burst"),
                      "a full one lasts " + format(Seconds{seconds}) + " at the limit"});
}

Share share_of(Resource resource, const Words& words, const Capacity& host) {
  Share share{.resource = resource, .words = words, .host = host, .fit = {}, .fit_worst = {}};
  if (words.guarantee != 0) share.fit = available(host) / words.guarantee;
  if (words.limit && *words.limit != 0 && host.total) share.fit_worst = *host.total / *words.limit;
  return share;
}

}  // namespace

std::string_view to_text(Weight weight) {
  if (weight == Weight::kError) return "error";
  return weight == Weight::kWarning ? "warning" : "note";
}

Report check(const Json& values, const Capacities& host) {
  const Resources plan = resources_of(values);
  Report report;
  for (std::size_t i = 0; i < cgroups::kResourceCount; ++i) {
    const auto resource = static_cast<Resource>(i);
    const Words& words = plan[resource];
    check_guarantee(resource, words, of(host, resource), report.findings);
    check_limit(resource, words, of(host, resource), report.findings);
    tell_burst(resource, words, of(host, resource), report.findings);
    if (words != Words{}) report.shares.push_back(share_of(resource, words, of(host, resource)));
  }
  check_tasks(plan, report.findings);
  check_files(plan, report.findings);
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.weight < b.weight; });
  return report;
}

}  // namespace croft::ctl::plans
