// The column rules of FOCUS, as a table: what a file of CSV must be to be one of a version. It knows nothing
// of how Croft writes one.
#pragma once

#include <string>
#include <vector>

namespace croft::rating {

// What breaks the rules, each with row and column; none: it is a good one. `version` is "1.0", "1.1" or
// "1.2".
std::vector<std::string> focus_complaints(const std::string& csv, const std::string& version);

struct CsvField {
  std::string text;
  bool null = false;  // empty, and without quotes
};
// Rows of RFC 4180. Throws std::runtime_error.
std::vector<std::vector<CsvField>> parse_csv(const std::string& csv);

}  // namespace croft::rating
