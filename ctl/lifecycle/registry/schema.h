// The tables of the registry and their version.
#pragma once

#include "ctl/lifecycle/registry/sqlite.h"

namespace croft::ctl {

inline constexpr int kSchemaVersion = 17;

// Makes the tables in an empty database, and brings an older one to kSchemaVersion, in one transaction.
// Throws Error: kUnsupported when a newer Croft wrote it, kInvalid when it is no registry.
void prepare_schema(Database& database, const std::string& now);

}  // namespace croft::ctl
