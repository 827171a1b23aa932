#include "cgroups/burst.h"

#include <algorithm>

#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

// As if the bucket had always had this size and period: both may have been changed since the last step.
Credit fitted(const Burst& burst, Credit credit) {
  credit.left = std::min(credit.left, burst.amount);
  const std::uint64_t period = burst.period_us.value_or(0);
  credit.remainder = period == 0 ? 0 : std::min(credit.remainder, period - 1);
  if (credit.left == 0) credit.spent = true;
  return credit;
}

std::uint64_t resumes_at(const Burst& burst) {
  return std::max<std::uint64_t>(1, narrow(divided_up(burst.amount, kResumePart)));
}

Credit spend(Credit credit, std::uint64_t amount) {
  credit.left = minus(credit.left, amount);
  if (credit.left == 0) credit.spent = true;
  return credit;
}

void add(const Burst& burst, Credit& credit, std::uint64_t amount) {
  credit.left = std::min(plus(credit.left, amount), burst.amount);
  if (credit.left == burst.amount) credit.remainder = 0;
}

// Evenly where there is a period, else by `earned`.
Credit refill(const Burst& burst, Credit credit, std::uint64_t earned, Micros elapsed) {
  if (!burst.period_us) {
    add(burst, credit, earned);
  } else if (*burst.period_us == 0) {
    add(burst, credit, burst.amount);
  } else {
    const Wide due = Wide{burst.amount} * elapsed.count + credit.remainder;
    credit.remainder = static_cast<std::uint64_t>(due % *burst.period_us);
    add(burst, credit, narrow(due / *burst.period_us));
  }
  if (credit.left >= resumes_at(burst)) credit.spent = false;
  return credit;
}

}  // namespace

Credit full(const Burst& burst) {
  return {burst.amount, 0, burst.amount == 0};
}

Credit step_rate(const Burst& burst, const Credit& credit, std::uint64_t above, std::uint64_t below,
                 Micros elapsed) {
  const Credit now = fitted(burst, credit);
  return above > 0 ? spend(now, above) : refill(burst, now, below, elapsed);
}

Credit step_level(const Burst& burst, const Credit& credit, bool above, Micros elapsed) {
  return step_rate(burst, credit, above ? elapsed.count : 0, elapsed.count, elapsed);
}

bool allowed(const Credit& credit) {
  return !credit.spent;
}

Micros runs_dry_in(const Credit& credit, std::uint64_t excess_per_second) {
  if (excess_per_second == 0) return Micros{kMost};
  return Micros{narrow(divided_up(Wide{credit.left} * kSecond, excess_per_second))};
}

}  // namespace croft::cgroups
