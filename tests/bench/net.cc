// What a container's network costs: Croft's, with all that it guards and counts, against a bare veth pair.
// Everything takes turns in this one process; prints one JSON object of samples.
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/net/bridge.h"
#include "tests/bench/net/flows.h"
#include "tests/bench/net/hosts.h"

namespace croft::bench {
namespace {

constexpr unsigned kMany = 1000;

using Samples = std::map<std::string, std::vector<double>>;

std::string to_json(const Samples& samples) {
  std::string text;
  for (const auto& [name, values] : samples) {
    text += (text.empty() ? "{\"" : ",\"") + name + "\":[";
    for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ",") + std::to_string(values[i]);
    text += "]";
  }
  return text + "}";
}

void measure_paths(int rounds, CroftHost& croft, BareHost& bare, Samples& samples) {
  const Fd inside = new_netns("");
  croft.make(0, inside);
  bare.make();
  const Flow ours(inside, CroftHost::address(0), croft.netns(), kWorld);
  const Flow theirs(bare.inside(), BareHost::address(), bare.netns(), kWorld);
  for (int round = 0; round < rounds; ++round) {
    samples["throughput_croft"].push_back(ours.megabytes_per_second());
    samples["throughput_veth"].push_back(theirs.megabytes_per_second());
    samples["latency_croft"].push_back(ours.round_trip_us());
    samples["latency_veth"].push_back(theirs.round_trip_us());
  }
  croft.remove(0);
  bare.remove();
}

void measure_between(int rounds, CroftHost& croft, Samples& samples) {
  const Fd one = new_netns("");
  const Fd other = new_netns("");
  croft.make(0, one);
  croft.make(1, other);
  const BridgeHost bridge;
  const Flow ours(one, CroftHost::address(0), other, CroftHost::address(1));
  const Flow theirs(bridge.inside(0), BridgeHost::address(0), bridge.inside(1), BridgeHost::address(1));
  for (int round = 0; round < rounds; ++round) {
    samples["between_throughput_croft"].push_back(ours.megabytes_per_second());
    samples["between_throughput_bridge"].push_back(theirs.megabytes_per_second());
    samples["between_latency_croft"].push_back(ours.round_trip_us());
    samples["between_latency_bridge"].push_back(theirs.round_trip_us());
  }
  croft.remove(0);
  croft.remove(1);
}

// Beside another container, as nearly all are.
void measure_setup(int rounds, CroftHost& croft, BareHost& bare, Samples& samples) {
  const Fd neighbour = new_netns("");
  croft.make(1, neighbour);
  const Fd inside = new_netns("");
  for (int round = 0; round < rounds; ++round) {
    // Both after the same wait for RCU, with the kernel's paths equally cold.
    samples["setup_croft"].push_back(croft.make(0, inside));
    croft.remove(0);
    samples["setup_netlink"].push_back(bare.make());
    bare.remove();
  }
  croft.remove(1);
}

void measure_many(int rounds, CroftHost& one, CroftHost& many, Samples& samples) {
  std::vector<Fd> inside;
  for (unsigned i = 0; i < kMany; ++i) {
    inside.push_back(new_netns(""));
    many.make(i, inside.back());
  }
  const Fd alone = new_netns("");
  one.make(0, alone);
  const Flow few(alone, CroftHost::address(0), one.netns(), kWorld);
  const Flow among(inside[kMany / 2], CroftHost::address(kMany / 2), many.netns(), kWorld);
  for (int round = 0; round < rounds; ++round) {
    samples["packet_1"].push_back(few.packet_ns());
    samples["packet_1000"].push_back(among.packet_ns());
    samples["dump"].push_back(many.read_ms(kMany));
  }
}

int run(int rounds, const std::string& folder) {
  check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts");
  Samples samples;
  CroftHost croft(folder + "/one");
  BareHost bare;
  measure_paths(rounds, croft, bare, samples);
  measure_between(rounds, croft, samples);
  measure_setup(rounds, croft, bare, samples);
  CroftHost many(folder + "/many");
  measure_many(rounds, croft, many, samples);
  std::printf("%s\n", to_json(samples).c_str());
  return 0;
}

}  // namespace
}  // namespace croft::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_net ROUNDS FOLDER\n");
    return 2;
  }
  try {
    return croft::bench::run(std::atoi(argv[1]), argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_net: %s\n", error.what());
    return 1;
  }
}
