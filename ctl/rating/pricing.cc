#include "ctl/rating/pricing.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>

#include "runtime/error.h"

namespace croft::rating {
namespace {

// Nothing is rounded before the end: what is added up are whole numbers of 1 / (factor * kScale).
using Big = boost::multiprecision::cpp_int;

const Big& quantity_scale() {
  static const Big scale(power_of_ten(kQuantityDigits));
  return scale;
}

Big graduated(const Sku& sku, const Big& billed, const Big& factor) {
  Big sum = 0;
  Big below = 0;
  for (const Tier& tier : sku.tiers) {
    const Big end = tier.to ? std::min<Big>(billed, Big(*tier.to) * factor) : billed;
    sum += (end - below) * Big(tier.each);
    below = end;
  }
  return sum;
}

Big tiered(const Sku& sku, const Big& billed, const Big& factor) {
  for (const Tier& tier : sku.tiers)
    if (!tier.to || billed <= Big(*tier.to) * factor) return billed * Big(tier.each);
  return 0;
}

Big packages(const Sku& sku, const Big& billed, const Big& factor) {
  const Big size = Big(sku.package) * factor;
  const Big begun = (billed + size - 1) / size;
  return begun * Big(sku.tiers.front().each) * factor * quantity_scale();
}

Big sum_of(const Sku& sku, const Big& billed, const Big& factor) {
  switch (sku.model) {
    case Model::kGraduated:
      return graduated(sku, billed, factor);
    case Model::kTiered:
      return tiered(sku, billed, factor);
    case Model::kPackage:
      return packages(sku, billed, factor);
    default:
      return billed * Big(sku.tiers.front().each);
  }
}

// number / by, half to even; neither is negative.
Wide rounded(const Big& number, const Big& by) {
  Big quotient;
  Big remainder;
  boost::multiprecision::divide_qr(number, by, quotient, remainder);
  const Big twice = remainder * 2;
  if (twice > by || (twice == by && boost::multiprecision::bit_test(quotient, 0))) ++quotient;
  if (quotient != 0 && boost::multiprecision::msb(quotient) >= 127)
    throw runtime::Error(runtime::ErrorKind::kExhausted, "an amount has more than 128 bits");
  return quotient.convert_to<Wide>();
}

}  // namespace

Priced price(const Sku& sku, Wide raw, Wide factor, int digits) {
  const Big unit(factor);
  const Big free = Big(sku.free) * unit;
  Big billed = Big(raw) * quantity_scale();
  billed = billed > free ? Big(billed - free) : Big(0);
  const Big sum = sum_of(sku, billed, unit);
  const Big scale = unit * quantity_scale() * Big(power_of_ten(kPriceDigits));
  Priced priced;
  priced.billed = rounded(billed, unit);
  priced.amount = rounded(sum * Big(power_of_ten(digits)), scale);
  priced.exact = short_text(rounded(sum * Big(power_of_ten(kPriceDigits)), scale), kPriceDigits);
  if (sku.least) priced.amount = std::max(priced.amount, *sku.least);
  if (sku.most) priced.amount = std::min(priced.amount, *sku.most);
  return priced;
}

}  // namespace croft::rating
