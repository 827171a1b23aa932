// What the fuzzers of ctl/spec try, as functions, so that the unit tests can replay the corpus without a
// fuzzer. A broken promise aborts.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "ctl/spec/amounts.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/hook.h"
#include "ctl/spec/interfaces.h"
#include "ctl/spec/names.h"
#include "ctl/spec/number_list.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/spec.h"
#include "ctl/spec/tenant.h"
#include "runtime/error.h"

namespace croft::ctl::fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

// A refusal is fine when it is an Error kInvalid whose words can be printed.
template <class Action>
void may_refuse(Action action) {
  try {
    action();
  } catch (const runtime::Error& error) {
    promise(error.kind() == runtime::ErrorKind::kInvalid, "a refusal is kInvalid");
    promise(is_clean_text(error.what()), "a refusal can be printed");
    for (const auto& field : error.fields())
      promise(is_clean_text(field.path) && is_clean_text(field.message), "a field error can be printed");
  }
}

// Any text: what a parser takes comes back through format.
inline void units(std::string_view text) {
  may_refuse(
      [&] { promise(parse_bytes(format(parse_bytes(text))) == parse_bytes(text), "bytes come back"); });
  may_refuse(
      [&] { promise(parse_cores(format(parse_cores(text))) == parse_cores(text), "cores come back"); });
  may_refuse([&] {
    promise(parse_seconds(format(parse_seconds(text))) == parse_seconds(text), "seconds come back");
  });
  may_refuse(
      [&] { promise(parse_micros(format(parse_micros(text))) == parse_micros(text), "times come back"); });
  may_refuse([&] { promise(std::to_string(parse_count(text)) == text, "counts come back"); });
  may_refuse([&] {
    const std::string list = canonical_list(text, kMaxCpus);
    promise(canonical_list(list, kMaxCpus) == list && list.size() <= text.size(), "lists are canonical");
  });
  may_refuse([&] {
    const cgroups::Threshold threshold = amounts::parse_threshold(text);
    promise(amounts::parse_threshold(amounts::format(threshold)) == threshold, "thresholds come back");
  });
  for (const auto resource : {cgroups::Resource::kCpu, cgroups::Resource::kIo, cgroups::Resource::kIops})
    may_refuse([&] {
      const cgroups::Burst burst = amounts::parse_burst(resource, text);
      promise(amounts::parse_burst(resource, amounts::format(resource, burst)) == burst, "bursts come back");
    });
  may_refuse([&] { check_container_name(text); });
  may_refuse([&] { check_template_name(text); });
  if (const auto signal = signal_number(text))
    promise(signal_number(signal_name(*signal)) == signal, "signals come back");
  if (const auto address = canonical_address(text))
    promise(canonical_address(*address) == address, "addresses are canonical");
  promise(is_clean_text(shown(text)), "what is shown can be printed");
  promise(nearest(text, {}).empty(), "nothing is near to nothing");
}

inline void check_spec(const Json& json) {
  const Spec spec = parse_spec(json);
  const Json canonical = to_json(spec);
  promise(parse_spec(canonical) == spec, "a specification comes back");
  promise(to_json(parse_spec(canonical)) == canonical, "canonical JSON stays");
  promise(differences(canonical, canonical).empty(), "nothing differs from itself");
  for (const Key& key : keys()) (void)key.write(spec);
}

// A JSON text, used as a specification and as a patch of one.
inline void spec(std::string_view text) {
  may_refuse([&] {
    const Json json = parse_json(text);
    may_refuse([&] { check_spec(json); });
    may_refuse([&] {
      const cgroups::Resources pool = parse_tenant_resources(json);
      promise(parse_tenant_resources(tenant_resources_json(pool)) == pool, "a tenant comes back");
    });
    const Json base{{"template", "t"}, {"env", {{"A", "b"}}}, {"net", {{"address", {"10.0.0.1"}}}}};
    may_refuse([&] { check_spec(merge_patch(base, json)); });
    (void)differences(base, json);
  });
}

// Lines of KEY=TEXT, as for `croft set`. Whatever an assignment takes must be canonical already.
inline void assignments(std::string_view text) {
  std::map<std::string, std::string> given;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos)
      given[std::string(line.substr(0, equals))] = line.substr(equals + 1);
  }
  may_refuse([&] {
    const Json json = apply_assignments({{"template", "t"}}, given);
    check_spec(json);
    const Json canonical = to_json(parse_spec(json));
    for (const Difference& difference : differences(json, canonical))
      promise(difference.before.is_null(), "assigned values are canonical");
  });
}

// A hook as it is typed. What is taken is one clean line, and says the same again.
inline void hooks(std::string_view text) {
  if (!is_clean_text(text)) return;  // never handed to the parser
  may_refuse([&] {
    const Hook hook = parse_hook(text);
    const std::string canonical = to_text(hook);
    promise(is_clean_text(canonical), "a hook can be printed");
    promise(parse_hook(canonical) == hook, "a hook comes back");
    promise(to_text(parse_hook(canonical)) == canonical, "a canonical hook stays");
  });
}

// Lines of NAME.KEY=TEXT, of further interfaces. A name that one may have stands in its keys as it was given.
inline void nics(std::string_view text) {
  std::string given;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    const std::string name = "nic." + std::string(line.substr(0, line.find('=')));
    given += "nic." + std::string(line) + "\n";
    if (!is_nic_key(name)) continue;
    const NicKey key = split_nic_key(name);
    may_refuse([&] {
      check_nic_name(key.nic);
      // In what is no key another one may begin, which is renamed as well.
      if (key.key.find("net.", 1) == std::string::npos)
        promise(renamed(key.key, key.nic) == name, "a key of an interface comes back");
    });
  }
  assignments(given);
}

}  // namespace croft::ctl::fuzz
