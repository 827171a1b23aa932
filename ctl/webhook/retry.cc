#include "ctl/webhook/retry.h"

#include <algorithm>

namespace croft::ctl {

Verdict verdict_of(const Sent& sent) {
  if (sent.status >= 200 && sent.status < 300) return Verdict::kDelivered;
  return sent.status == 410 ? Verdict::kGone : Verdict::kAgain;
}

std::chrono::milliseconds pause_after(unsigned failures, double chance,
                                      std::optional<std::chrono::seconds> asked) {
  using std::chrono::milliseconds;
  const unsigned doublings = std::min(std::max(failures, 1U) - 1, 16U);
  const auto full = std::min<milliseconds>(kFirstPause * (1U << doublings), kLongestPause);
  const milliseconds pause(
      static_cast<std::int64_t>(static_cast<double>(full.count()) * (1 - std::clamp(chance, 0.0, 1.0) / 2)));
  return std::max(pause, std::clamp<milliseconds>(asked.value_or(std::chrono::seconds{0}), milliseconds{0},
                                                  kLongestPause));
}

std::optional<std::int64_t> given_up_before(std::int64_t failing_since, std::int64_t now) {
  constexpr std::int64_t kAge = std::chrono::seconds(kGivenUpAfter).count();
  if (failing_since == 0 || now - failing_since < kAge) return std::nullopt;
  return now - kAge;
}

}  // namespace croft::ctl
