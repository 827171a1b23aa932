#include "ctl/spec/resource_codecs.h"

#include "ctl/spec/number_list.h"
#include "runtime/error.h"

namespace croft::ctl::codecs {
namespace {

constexpr std::string_view kNumaAuto = "numa:auto";

}  // namespace

Share::Value Share::read(const Json& json) {
  const std::uint64_t value = count_of(json, "a number");
  check_range(value, cgroups::kLeastShare, cgroups::kMostShare, "1..10000");
  return static_cast<Value>(value);
}

Json Share::raw(std::string_view text) {
  return parse_count(text);
}

ThresholdText::Value ThresholdText::read(const Json& json) {
  return amounts::parse_threshold(text_of(json, kMaxThreshold));
}

Oom::Value Oom::read(const Json& json) {
  const std::string& text = text_of(json, kMaxName);
  if (const auto policy = cgroups::oom_policy_of(text)) return *policy;
  refuse_text(text, "is not one of " + std::string(kType));
}

Affinity::Value Affinity::read(const Json& json) {
  const std::string& text = text_of(json, kMaxNumberList);
  if (text == kNumaAuto) return {.cpus = "", .numa_auto = true};
  return {.cpus = canonical_list(text, kMaxCpus), .numa_auto = false};
}

Json Affinity::write(const Value& value) {
  if (value.numa_auto) return std::string(kNumaAuto);
  return value.cpus.empty() ? Json() : Json(value.cpus);
}

Nodes::Value Nodes::read(const Json& json) {
  return canonical_list(text_of(json, kMaxNumberList), kMaxNodes);
}

HugePages::Value HugePages::read(const Json& json) {
  const std::uint64_t value = json.is_string() ? parse_bytes(text_of(json, kMaxName)).value
                                               : count_of(json, "a size (\"1G\") or bytes");
  check_range(value, 0, kMaxMemory, "0..1048576T");
  return value;
}

void check_huge_page_size(std::string_view name) {
  bool good = false;
  try {
    const Bytes size = parse_bytes(name);
    const bool power_of_two = (size.value & (size.value - 1)) == 0;
    good = power_of_two && size.value >= kMinHugePage && size.value <= kMaxHugePage && format(size) == name;
  } catch (const runtime::Error&) {  // told below, with what would do
  }
  if (!good) refuse_text(name, "is no size of huge pages; write it as in 2M or 1G");
}

}  // namespace croft::ctl::codecs
