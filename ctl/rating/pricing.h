// What a quantity costs: exact, and rounded once. Pure.
#pragma once

#include <string>

#include "ctl/rating/tariff.h"

namespace croft::rating {

struct Priced {
  Wide billed = 0;    // units behind the free ones, by kQuantityDigits
  Wide amount = 0;    // in the smallest coin, rounded half to even, within minimum and maximum
  std::string exact;  // before that, with twelve digits at most
};

// `raw` is what was used and `factor` how much of it is one unit. `digits` is the currency's. Throws Error
// kExhausted for what has more than 128 bits.
Priced price(const Sku& sku, Wide raw, Wide factor, int digits);

}  // namespace croft::rating
