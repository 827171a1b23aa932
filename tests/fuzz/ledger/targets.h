// What the fuzzers of ctl/ledger try, so that the unit tests can replay the corpus without a fuzzer. A broken
// promise aborts.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ctl/ledger/period.h"
#include "ctl/ledger/record.h"
#include "runtime/error.h"

namespace croft::ledger::fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

inline void period(std::string_view text) {
  try {
    const Period found = parse_period("period", text);
    promise(found.from < found.to, "a period lasts");
    const Period again = parse_period("period", time_text(found.from).substr(0, 19));
    promise(again.from == found.from, "its beginning comes back from its text");
  } catch (const runtime::Error& error) {
    promise(error.fields().size() == 1, "a refusal names the field");
  }
}

inline void readings(std::string_view bytes) {
  Record record;
  try {
    unpack_readings(bytes, record);
  } catch (const runtime::Error&) {
    return;
  }
  Record again;
  unpack_readings(pack_readings(record), again);
  promise(again == record, "readings come back as they were packed");
}

}  // namespace croft::ledger::fuzz
