// Guarantees as weights and as protection. Pure.
//
// Among siblings that all want more than there is, the kernel divides by weight. With
//   w_i = g_i + s_i * F,    0 < F <= (capacity - sum g) / sum s
// everyone's part, capacity * w_i / sum w, is at least g_i: the sum of all w is at most the capacity. F is
// the common factor of a level of the tree: lowering it costs nobody's guarantee, so it is rounded down to a
// step of kFactorStep, and siblings are written again only when it has to leave its step.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace croft::cgroups {

struct Claim {
  std::uint64_t guarantee = 0;  // in the capacity's unit (milli-CPU, bytes per second)
  std::uint32_t share = 100;
};

// F as a ratio, exactly: numerator / denominator of the capacity's unit per share.
struct Factor {
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;
  bool operator==(const Factor&) const = default;
};

// The largest factor that `claims` allow, rounded down to a step. Claims that leave nothing over give the
// smallest step; claims beyond the capacity are a mistake of the caller (admission comes first): they are
// treated alike.
Factor factor_of(std::span<const Claim> claims, std::uint64_t capacity);
// Can `before` be kept for these claims: it still holds every guarantee, and is less than two steps below the
// largest?
bool still_good(const Factor& before, std::span<const Claim> claims, std::uint64_t capacity);

// The kernel's weight, 1..10000, of one claim. Rounded so that a guarantee is never rounded away: up where
// there is one, down where there is none; the error that stays is stated by contended_part's test.
std::uint32_t weight_of(const Claim& claim, const Factor& factor, std::uint64_t capacity);

// What `own` gets of the capacity when everybody wants everything.
std::uint64_t contended_part(std::uint32_t own, std::span<const std::uint32_t> all, std::uint64_t capacity);

// What Croft's own group weighs against `siblings` (their weights summed) so that its part is capacity -
// reserve.
std::uint32_t weight_beside(std::uint64_t siblings, std::uint64_t capacity, std::uint64_t reserve);

}  // namespace croft::cgroups
