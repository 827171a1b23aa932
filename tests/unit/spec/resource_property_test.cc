// Whatever can be asked for of resources comes back from its JSON and from its text.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "ctl/spec/keys.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/spec.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Action;
using cgroups::Resource;

using Assignments = std::map<std::string, std::string>;

constexpr std::uint64_t kM = std::uint64_t{1} << 20;

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t end) { return engine_() % end; }
  bool half() { return below(2) == 0; }
  std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }

 private:
  std::mt19937_64 engine_;
};

struct Shape {
  Resource resource;
  bool guarantee, barrier, bursts, share;
  std::uint64_t least, most;
};
constexpr std::array kShapes{
    Shape{Resource::kCpu, true, true, true, true, 10, 8'192'000},
    Shape{Resource::kMemory, true, true, true, true, 4 * kM, std::uint64_t{1} << 60},
    Shape{Resource::kIo, true, true, true, true, 4096, std::uint64_t{1} << 60},
    Shape{Resource::kIops, true, true, true, false, 1, 1'000'000'000},
    Shape{Resource::kTasks, false, true, false, false, 1, 4'194'304},
    Shape{Resource::kFiles, false, true, false, false, 1, std::uint64_t{1} << 30},
    Shape{Resource::kTcpSockets, false, true, false, false, 0, std::uint64_t{1} << 30},
    Shape{Resource::kOtherSockets, false, true, false, false, 0, std::uint64_t{1} << 30},
    Shape{Resource::kSwap, false, false, false, false, 0, std::uint64_t{1} << 60},
};

cgroups::Words random_words(const Shape& shape, Chance& chance) {
  cgroups::Words words;
  std::array<std::uint64_t, 3> values{};
  for (auto& value : values) value = chance.between(shape.least, shape.most);
  std::sort(values.begin(), values.end());
  if (chance.half()) words.limit = values[2];
  if (shape.guarantee && chance.half()) words.guarantee = values[0];
  if (shape.barrier && chance.half()) words.barrier = values[1];
  const bool room = words.barrier && (!words.limit || *words.barrier < *words.limit);
  if (shape.bursts && room) {
    words.burst = cgroups::Burst{chance.between(1, std::uint64_t{1} << 40), std::nullopt};
    if (chance.half()) words.burst->period_us = chance.between(1'000'000, 31'000'000'000'000);
  }
  if (shape.share) words.share = static_cast<std::uint32_t>(chance.between(1, 10000));
  return words;
}

cgroups::Threshold random_threshold(Chance& chance) {
  const Shape& shape = kShapes.at(chance.below(kShapes.size()));
  cgroups::Threshold threshold;
  threshold.resource = shape.resource;
  threshold.value = chance.between(1, shape.most);
  threshold.action = static_cast<Action>(chance.below(6));
  if (threshold.action == Action::kExec) threshold.argument = "hook-" + std::to_string(chance.below(9));
  if (threshold.action == Action::kSignal) threshold.signal = static_cast<int>(chance.between(1, 64));
  return threshold;
}

Spec random_spec(Chance& chance) {
  Spec spec;
  spec.template_name = "t";
  for (const Shape& shape : kShapes) spec.resources[shape.resource] = random_words(shape, chance);
  for (std::uint64_t i = chance.below(100); i > 0; --i) {
    const cgroups::Threshold threshold = random_threshold(chance);
    auto& all = spec.resources.thresholds;
    if (std::find(all.begin(), all.end(), threshold) == all.end()) all.push_back(threshold);
  }
  spec.resources.oom = static_cast<cgroups::OomPolicy>(chance.below(3));
  if (chance.half()) spec.resources.hugetlb["2MB"] = chance.below(1000) * 2 * kM;
  if (chance.half()) spec.resources.hugetlb["1GB"] = chance.below(1000) * 1024 * kM;
  if (chance.half()) spec.resources.nodes = "0-1";
  return spec;
}

TEST(ResourceProperty, ASpecificationComesBackFromItsJson) {
  Chance chance(20264);
  for (int i = 0; i < 3000; ++i) {
    const Spec spec = random_spec(chance);
    const Json json = to_json(spec);
    ASSERT_EQ(parse_spec(json), spec) << json;
    ASSERT_EQ(to_json(parse_spec(json)), json);
  }
}

// What `croft show` prints can be typed again, and means the same.
TEST(ResourceProperty, ASpecificationComesBackFromItsText) {
  Chance chance(20265);
  for (int i = 0; i < 1000; ++i) {
    const Json json = to_json(random_spec(chance));
    Assignments shown;
    for (const Difference& difference : differences({{"template", "t"}}, json))
      shown[difference.key] = find_key(difference.key)->to_text(difference.after);
    ASSERT_EQ(apply_assignments({{"template", "t"}}, shown), json);
  }
}

// One broken word is one error, at that word's resource.
TEST(ResourceProperty, DisorderIsAlwaysFound) {
  Chance chance(20266);
  for (int i = 0; i < 2000; ++i) {
    Spec spec = random_spec(chance);
    const Shape& shape = kShapes.at(chance.below(8));
    cgroups::Words& words = spec.resources[shape.resource];
    words = cgroups::Words{};
    words.limit = chance.between(shape.least, shape.most - 1);
    words.barrier = chance.between(*words.limit + 1, shape.most);
    try {
      (void)parse_spec(to_json(spec));
      FAIL() << to_json(spec);
    } catch (const runtime::Error& error) {
      ASSERT_EQ(error.fields().size(), 1U) << error.what();
      ASSERT_EQ(error.fields()[0].path, std::string(to_text(shape.resource)) + ".barrier");
    }
  }
}

}  // namespace
}  // namespace croft::ctl
