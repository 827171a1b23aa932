// A case of rating as data: the terms, the records in short, and the invoice that was worked out by hand.
#pragma once

#include <string>
#include <vector>

#include "ctl/rating/rater.h"

namespace croft::rating {

// All cases of tests/data/rating/*.json, each with its "file".
std::vector<Json> all_cases();

Terms terms_of(const Json& one);
// {"uuid","from","to","every_s"?,"about"?,"state"?,"kind"?,"cause"?,"covered_s"?,"used"?}: records of
// `every_s` seconds each (otherwise one) from `from` until `to`, each with that much used of every meter; a
// list of numbers is the use of one record after the other.
std::vector<ledger::Record> records_of(const Json& one);

Json rate(const Terms& terms, const std::vector<ledger::Record>& records);

}  // namespace croft::rating
