// What the fuzzer of ctl/plans tries, so that the unit tests can replay the corpus without a fuzzer. A broken
// promise aborts.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ctl/plans/library.h"
#include "ctl/plans/merge.h"
#include "ctl/plans/scale.h"
#include "ctl/spec/names.h"
#include "ctl/spec/spec.h"
#include "runtime/error.h"

namespace croft::ctl::plans::fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

template <class Action>
void may_refuse(Action action) {
  try {
    action();
  } catch (const runtime::Error& error) {
    promise(is_clean_text(error.what()), "a refusal can be printed");
    for (const auto& field : error.fields())
      promise(is_clean_text(field.path) && is_clean_text(field.message), "a field error can be printed");
  }
}

inline void check_plan(const Texts& texts) {
  const Plan plan = resolve(texts, "a");
  const Texts again{{"a", to_text(plan.values)}};
  promise(resolve(again, "a").values == plan.values, "a plan comes back from its text");
  const Json spec = ctl::to_json(parse_spec({{"template", "t"}}));
  const Merge merged = merge(std::nullopt, plan.values, spec);
  promise(merged.own.empty(), "a first plan is taken whole");
  const Json kept = ctl::to_json(parse_spec(merged.spec));
  promise(kept == merged.spec, "what is merged is canonical");
  promise(merge(plan.values, Json::object(), kept).spec == spec, "a plan that is gone leaves the defaults");
  may_refuse(
      [&] { promise(scale(plan.values, Factor{}) == plan.values, "a factor of one changes nothing"); });
}

// Several plans, `a` first, separated by lines that begin with %.
inline void library(std::string_view text) {
  Texts texts;
  std::string name = "a";
  while (!text.empty()) {
    const std::size_t end = text.find("\n%");
    texts[name] = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    ++name[0];
    if (name[0] > 'f') break;
  }
  may_refuse([&] { check_plan(texts); });
}

}  // namespace croft::ctl::plans::fuzz
