#include "ctl/spec/tenant.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ctl/spec/read.h"
#include "ctl/spec/rules.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;

constexpr std::array kPooled{Resource::kCpu, Resource::kMemory, Resource::kSwap, Resource::kMemswap,
                             Resource::kIo,  Resource::kIops,   Resource::kTasks};
constexpr std::array<std::string_view, 3> kWords{"guarantee", "limit", "share"};

std::string refusal(const Key& key) {
  if (is_tenant_key(key)) return {};
  return "is for containers; a tenant has guarantee, limit and share of cpu, memory, swap, memswap, io, iops "
         "and tasks";
}

std::string_view first_part(std::string_view name) {
  return name.substr(0, name.find_first_of(".+-"));
}

}  // namespace

bool is_tenant_key(const Key& key) {
  const std::size_t dot = key.name.rfind('.');
  if (!key.resource || dot == std::string_view::npos) return false;
  const auto resource = cgroups::resource_of(key.name.substr(0, dot));
  return resource && std::find(kPooled.begin(), kPooled.end(), *resource) != kPooled.end() &&
         std::find(kWords.begin(), kWords.end(), key.name.substr(dot + 1)) != kWords.end();
}

bool is_resource_setting(std::string_view name) {
  return std::any_of(keys().begin(), keys().end(), [name](const Key& key) {
    return key.resource && first_part(key.name) == first_part(name);
  });
}

cgroups::Resources parse_tenant_resources(const Json& json) {
  if (!json.is_object())
    throw runtime::Error({{"resources", "must be an object, not " + std::string(json.type_name())}});
  Spec spec;
  spec.resources = {};
  FieldErrors errors;
  read_keys(json, refusal, spec, errors);
  check_resources(spec.resources, errors);
  if (!errors.empty()) throw runtime::Error(std::move(errors));
  return spec.resources;
}

Json tenant_resources_json(const cgroups::Resources& resources) {
  Spec spec;
  spec.resources = resources;
  return write_keys(spec, refusal);
}

}  // namespace croft::ctl
