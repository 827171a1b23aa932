// The tables of the ledger and their version.
#pragma once

#include <string>

#include "ctl/ledger/record.h"

namespace croft::ctl {
class Database;
}

namespace croft::ledger {

// Of a ledger that is begun now.
std::string epoch_named(Instant now);
// Makes the tables in an empty database. Throws Error: kUnsupported when a newer Croft wrote it, kInvalid
// when it is no ledger, kSystem when it is damaged.
void prepare_ledger(ctl::Database& database, const std::string& node, const std::string& epoch);

}  // namespace croft::ledger
