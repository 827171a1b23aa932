#include "ctl/plans/scale.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "ctl/plans/library.h"
#include "ctl/spec/amounts.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/rules.h"
#include "ctl/spec/spec.h"
#include "ctl/spec/tree.h"
#include "ctl/spec/units.h"
#include "runtime/error.h"

namespace croft::ctl::plans {
namespace {

using cgroups::Resource;
using cgroups::Resources;
using runtime::Error;
using runtime::ErrorKind;

constexpr std::uint64_t kOne = 1'000'000;

// floor(value * factor) without a wider type: value is cut into millions and the rest.
std::uint64_t times(std::uint64_t value, Factor factor) {
  std::uint64_t whole = 0;
  if (__builtin_mul_overflow(value / kOne, factor.millionths, &whole) ||
      __builtin_add_overflow(whole, value % kOne * factor.millionths / kOne, &whole))
    return std::numeric_limits<std::uint64_t>::max();  // refused where it is read back
  return whole;
}

std::uint64_t bounded(Resource resource, std::uint64_t value, Factor factor) {
  return std::max(times(value, factor), std::min(value, amounts::least(resource)));
}

void scale_words(Resource resource, cgroups::Words& words, Factor factor) {
  words.guarantee = times(words.guarantee, factor);
  if (words.barrier) words.barrier = bounded(resource, *words.barrier, factor);
  if (words.limit) words.limit = bounded(resource, *words.limit, factor);
  if (words.burst && resource != Resource::kMemory)
    words.burst->amount = std::max<std::uint64_t>(times(words.burst->amount, factor), 1);
  words.share = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(times(words.share, factor), cgroups::kLeastShare, cgroups::kMostShare));
}

Resources scaled(Resources resources, Factor factor) {
  for (std::size_t i = 0; i < cgroups::kResourceCount; ++i)
    scale_words(static_cast<Resource>(i), resources.words.at(i), factor);
  for (cgroups::Threshold& threshold : resources.thresholds)
    threshold.value = std::max<std::uint64_t>(times(threshold.value, factor), 1);
  for (auto& [kernel_size, bytes] : resources.hugetlb) {
    const std::uint64_t page = parse_bytes(kernel_size.substr(0, kernel_size.size() - 1)).value;
    bytes = times(bytes, factor) / page * page;
  }
  return resources;
}

}  // namespace

Factor parse_factor(std::string_view text) {
  try {
    const Factor factor{parse_micros(std::string(text) + "s").value};
    if (factor.millionths >= 1000 && factor.millionths <= 1000 * kOne) return factor;
  } catch (const Error&) {  // told below, with what would do
  }
  throw Error(ErrorKind::kInvalid, "must be a number 0.001 to 1000 with at most six decimals, as in 1.5");
}

Json scale(const Json& values, Factor factor) {
  Spec spec = spec_of(values);
  spec.template_name = "scaled";
  spec.resources = scaled(std::move(spec.resources), factor);
  for (auto& [number, limit] : spec.class_in) limit = bounded(Resource::kNetIn, limit, factor);
  for (auto& [number, limit] : spec.class_out) limit = bounded(Resource::kNetOut, limit, factor);
  const Json all = to_json(spec);
  Json result = Json::object();
  for (const Difference& value : differences(Json::object(), values)) {
    const Key* key = find_key(value.key);
    tree::place(result, key->stem) = *tree::find(all, key->stem);
  }
  FieldErrors errors;
  check_resources(resources_of(result), errors);
  if (!errors.empty()) throw Error(std::move(errors));
  return result;
}

}  // namespace croft::ctl::plans
