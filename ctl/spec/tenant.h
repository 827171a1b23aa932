// What a tenant may have: guarantee, limit and share of what its containers, and the tenants below it, use
// together. Its JSON has the keys of a specification, nested at the dots.
#pragma once

#include <map>
#include <string>

#include "cgroups/resources.h"
#include "ctl/spec/keys.h"

namespace croft::ctl {

// Tenants above a container, its own included.
inline constexpr std::size_t kMaxTenantDepth = 4;

bool is_tenant_key(const Key& key);

// Whether an assignment is about resources: "memory.limit", "memory", "memory.limt"; all else is a label.
bool is_resource_setting(std::string_view name);

// Every wrong field at once, as Error: unknown keys, those of containers, values, and the rules between them.
cgroups::Resources parse_tenant_resources(const Json& json);
// Canonical. parse_tenant_resources(tenant_resources_json(r)) == r.
Json tenant_resources_json(const cgroups::Resources& resources);

}  // namespace croft::ctl
