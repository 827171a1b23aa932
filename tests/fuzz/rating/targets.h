// What the fuzzers of rating call, and the unit tests with their seeds.
#pragma once

#include <stdexcept>
#include <string_view>

#include "ctl/rating/pricing.h"
#include "ctl/rating/rater.h"
#include "runtime/error.h"

namespace croft::rating::fuzz {

// A tariff that is taken has a price for every quantity, which is none only for want of bits.
inline void tariff(std::string_view text) {
  try {
    const Tariff one = parse_tariff("a-1", text);
    for (const Sku& sku : one.skus) {
      static_cast<void>(to_json(sku, one.digits).dump());
      for (const Wide raw : {Wide{0}, Wide{1}, Wide{UINT64_MAX}, Wide{UINT64_MAX} << 40U}) {
        const Priced priced = price(sku, raw, sku.unit.factor, one.digits);
        if (priced.amount < 0) throw std::logic_error("a price is less than nothing");
      }
    }
  } catch (const runtime::Error&) {
  }
}

inline void account(std::string_view text) {
  try {
    const Account one = parse_account("acme", text);
    static_cast<void>(Zone(one.zone).span_of({2026, 11}));
  } catch (const runtime::Error&) {
  }
}

}  // namespace croft::rating::fuzz
