// Guarantees as weights. Pure.
//
// Among siblings that all want more than there is, the kernel divides by weight. With
//   w_i = g_i + s_i * F,    0 < F <= (capacity - sum g) / sum s
// everyone's part, capacity * w_i / sum w, is at least g_i: the sum of all w is at most the capacity. F is
// the common factor of a level of the tree. Lowering it costs nobody's guarantee, so it is rounded down to a
// step, and siblings are written again only when it has to leave its step. In a row of n like starts that is
// less than 8 writes for each, whatever n is, until what is left over has shrunk to a small part.
//
// The kernel wants whole weights, 1..10000: one of them stands for 2^unit of the capacity, and rounding costs
// less than n * 2^unit for n siblings.
//   - F leaves room for that. As long as the capacity holds sum g + n * 2^unit, every part is at least its
//     guarantee, without any error.
//   - Where more than that is promised, a part is at least g_i * capacity / (capacity + n * 2^unit + sum s *
//     2^-30).
// The unit of factor_of is the smallest that its largest claim allows (where all is promised, a weight of
// more than 5000): with 100 siblings of which none has more than a tenth of the capacity, that is below 0.2
// %.
#pragma once

#include <cstdint>
#include <span>

namespace croft::cgroups {

struct Claim {
  std::uint64_t guarantee = 0;  // in the capacity's unit (milli-CPU, bytes per second)
  std::uint32_t share = 100;
  std::uint64_t count = 1;  // so many claim the same
};

// F as a ratio, exactly, in the capacity's unit per share; and the unit of weights, as a power of two.
struct Factor {
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;
  std::int32_t unit = 0;
  bool operator==(const Factor&) const = default;
};

// The steps of F: kFactorSteps of them, evenly, between each power of two and the next, so that one step is
// 14 to 25 %.
inline constexpr std::uint64_t kFactorSteps = 4;

// The largest factor that `claims` allow, rounded down to a step. Claims that leave nothing over give the
// smallest step, 2^-30; claims beyond the capacity are a mistake of the caller (admission comes first): they
// are treated alike. A capacity of 0 (nobody knows it) leaves nothing over.
Factor factor_of(std::span<const Claim> claims, std::uint64_t capacity);
// Can `before` be kept for these claims: it still holds every guarantee, is less than two steps below the
// largest, and its unit suits them?
bool still_good(const Factor& before, std::span<const Claim> claims, std::uint64_t capacity);

// The kernel's weight, 1..10000, of one claim: rounded up where something is guaranteed, else down.
std::uint32_t weight_of(const Claim& claim, const Factor& factor);

// What `own` gets of the capacity when everybody wants everything.
std::uint64_t contended_part(std::uint32_t own, std::span<const std::uint32_t> all, std::uint64_t capacity);

// What Croft's own group weighs against `siblings` (their weights summed) so that its part is at least
// capacity - reserve; 10000 where that is not enough.
std::uint32_t weight_beside(std::uint64_t siblings, std::uint64_t capacity, std::uint64_t reserve);

}  // namespace croft::cgroups
