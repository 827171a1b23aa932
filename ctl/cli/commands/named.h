// What the commands on templates, tenants, plans and operations share: things with one name and a route of
// their own.
#pragma once

#include <string>
#include <string_view>

#include "ctl/cli/columns.h"
#include "ctl/cli/invocation.h"

namespace croft::ctl {

struct NamedKind {
  std::string_view word;  // "template", for messages
  std::string_view path;  // "/v1/templates"
  std::string_view key;   // what -q prints: "name" or "id"
};
inline constexpr NamedKind kTemplateKind{"template", "/v1/templates", "name"};
inline constexpr NamedKind kTenantKind{"tenant", "/v1/tenants", "name"};
inline constexpr NamedKind kPlanKind{"plan", "/v1/plans", "name"};
inline constexpr NamedKind kTariffKind{"tariff", "/v1/tariffs", "name"};
inline constexpr NamedKind kPoolKind{"pool", "/v1/net/pools", "name"};
inline constexpr NamedKind kDiskPoolKind{"pool", "/v1/pools", "name"};
inline constexpr NamedKind kClassKind{"class", "/v1/net/classes", "name"};
inline constexpr NamedKind kOperationKind{"operation", "/v1/operations", "id"};

std::string named_path(const NamedKind& kind, const std::string& name);

// The operands with globs replaced by what they match.
std::vector<std::string> named_operands(const Invocation& call, const NamedKind& kind);

// Prints the list as -j, -q or a table of these rows, which `arrange` may order.
int print_named(const Invocation& call, const NamedKind& kind, const std::vector<ColumnHead>& heads,
                Row (*row)(const Json& item), Json (*arrange)(const Json& list) = nullptr);

// An object's members as aligned lines; sizes and times as people read them.
std::string describe_object(const Json& object, bool colour);

// GET of every operand: -j, or what `describe` makes of it.
int show_named(const Invocation& call, const NamedKind& kind,
               std::string (*describe)(const Json& object, bool colour) = describe_object);

// DELETE of every operand; `verb` "remove", `done` "removed".
int delete_named(const Invocation& call, const NamedKind& kind, const std::string& verb,
                 const std::string& done);

}  // namespace croft::ctl
