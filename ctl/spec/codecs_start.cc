// Of what starts by itself, and what it may do.
#include <array>
#include <string_view>
#include <utility>

#include "ctl/spec/bounds.h"
#include "ctl/spec/choices.h"
#include "ctl/spec/codecs.h"
#include "ctl/spec/readers.h"

namespace croft::ctl {
namespace {

constexpr std::array kBootChoices{
    std::pair{OnBoot::kLastState, std::string_view("last-state")},
    std::pair{OnBoot::kYes, std::string_view("yes")},
    std::pair{OnBoot::kNo, std::string_view("no")},
};

constexpr std::array kRestartChoices{
    std::pair{Restart::kNever, std::string_view("never")},
    std::pair{Restart::kOnFailure, std::string_view("on-failure")},
    std::pair{Restart::kAlways, std::string_view("always")},
};

constexpr std::array kFeatures{
    std::pair{Feature::kFuse, std::string_view("fuse")},
    std::pair{Feature::kKeyctl, std::string_view("keyctl")},
    std::pair{Feature::kNesting, std::string_view("nesting")},
    std::pair{Feature::kTun, std::string_view("tun")},
};

}  // namespace

namespace codecs {

FeatureName::Value FeatureName::read(const Json& json) {
  return chosen(json, kFeatures, kType);
}

BootChoice::Value BootChoice::read(const Json& json) {
  return chosen(json, kBootChoices, kType);
}

RestartChoice::Value RestartChoice::read(const Json& json) {
  return chosen(json, kRestartChoices, kType);
}

BootDelay::Value BootDelay::read(const Json& json) {
  const Seconds value = Timeout::read(json);
  check_range(value.value, 0, kMaxBootDelay, "0s..1h");
  return value;
}

}  // namespace codecs

std::string_view to_text(Feature feature) {
  return codecs::name_in(kFeatures, feature);
}

std::string_view to_text(OnBoot when) {
  return codecs::name_in(kBootChoices, when);
}

std::string_view to_text(Restart when) {
  return codecs::name_in(kRestartChoices, when);
}

}  // namespace croft::ctl
