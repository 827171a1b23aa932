#include "ctl/cli/top_figures.h"

#include <algorithm>

#include "ctl/cli/figures.h"
#include "ctl/cli/resource_figures.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

const Json& member(const Json& object, const char* name) {
  static const Json kNone;
  const auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

void add_burst(TopRow& row, const BurstFigures& burst) {
  if (burst.amount == 0) return;
  const double part = 100.0 * static_cast<double>(burst.left) / static_cast<double>(burst.amount);
  row.burst_percent = std::min(row.burst_percent.value_or(100), static_cast<unsigned>(std::min(part, 100.0)));
  row.burst_out = row.burst_out || !burst.allowed || burst.left == 0;
}

void add_resource(TopRow& row, const ResourceFigures& figures) {
  const std::uint64_t held = figures.held.value_or(0);
  if (figures.resource == "cpu") {
    row.cpu_milli = held;
    row.cpu_limit = figures.limit;
    row.cpu_colour = bound_colour(figures);
  } else if (figures.resource == "memory") {
    row.memory = held;
    row.memory_limit = figures.limit;
    row.memory_colour = bound_colour(figures);
  } else if (figures.resource == "io") {
    row.io = held;
  } else if (figures.resource == "tasks") {
    row.tasks = held;
  }
  if (figures.burst) add_burst(row, *figures.burst);
}

void add_host(TopFrame& frame, const Json& host) {
  frame.cpus = number_at(host, "cpus").value_or(0);
  frame.running = number_at(member(host, "states"), "running").value_or(0);
  frame.memory_capacity = number_at(host, "memory_bytes");
  for (const Json& resource : member(host, "resources")) {
    if (resource.at("resource") == "cpu") {
      frame.cpu_milli = number_at(resource, "held");
    } else if (resource.at("resource") == "memory") {
      frame.memory = number_at(resource, "held");
      frame.memory_capacity = number_at(resource, "capacity");
      frame.memory_guaranteed = number_at(resource, "guaranteed");
    }
  }
}

}  // namespace

TopSample ask_for_top(Client& client, const Selection& selection, bool used_only) {
  TopSample sample{client.call("GET", "/v1/host"), Json::array()};
  std::map<std::string, std::string> query = selection.query();
  if (used_only) query["used"] = "1";
  for (Json& container : fetch_list(client, "/v1/resources", query))
    if (selection.takes(container.at("tenant"), container.at("name"), container.at("uuid")))
      sample.containers.push_back(std::move(container));
  return sample;
}

// A new run of a container counts from 0 again.
std::uint64_t TopFigures::failures_since(const std::string& uuid, std::uint64_t failcnt) {
  Count& count = counts_.try_emplace(uuid, Count{.before = failcnt}).first->second;
  count.sample = samples_;
  if (failcnt < count.before) count.before = 0;
  return failcnt - count.before;
}

TopRow TopFigures::row(const Json& container) {
  TopRow row;
  row.uuid = container.at("uuid");
  const std::string name = container.at("name");
  row.name = visible(with_tenants_ ? container.at("tenant").get<std::string>() + "/" + name : name);
  std::uint64_t failcnt = 0;
  for (const ResourceFigures& figures : resources_of(container)) {
    add_resource(row, figures);
    failcnt += figures.failcnt.value_or(0);
  }
  row.failures = failures_since(row.uuid, failcnt);
  return row;
}

TopFrame TopFigures::frame(const TopSample& sample, const std::string& time) {
  ++samples_;
  TopFrame frame;
  frame.time = time;
  add_host(frame, sample.host);
  frame.rows.reserve(sample.containers.size());
  for (const Json& container : sample.containers) frame.rows.push_back(row(container));
  std::erase_if(counts_, [&](const auto& entry) { return entry.second.sample != samples_; });
  return frame;
}

}  // namespace croft::ctl
