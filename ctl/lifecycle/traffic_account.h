// What a container has sent and received in all its life, as the registry keeps it: sums that only grow, and
// how much of what the kernel still counts is in them already. Pure arithmetic and text.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ctl/spec/json.h"
#include "netns/traffic.h"

namespace croft::ctl {

struct TrafficAccount {
  netns::Traffic total{};
  std::map<std::uint64_t, netns::Traffic> seen;  // by run
};

// Adds what the runs have counted since they were last added. Doing so twice, or again after a crash, adds
// nothing; a run that is not among them is over and is forgotten.
void absorb(TrafficAccount& account, const std::vector<netns::LinkTraffic>& runs);

// Classes that have counted: [{"class", "in": {"packets", "bytes"}, "out": {...}}], and those of `also`.
Json traffic_json(const netns::Traffic& traffic, const std::set<std::uint8_t>& also = {});
std::string to_text(const TrafficAccount& account);
// Throws Error kSystem for what to_text did not write.
TrafficAccount parse_account(const std::string& text);

}  // namespace croft::ctl
