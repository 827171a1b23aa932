// What follows an attempt to deliver: success, a pause or another attempt, and when. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace croft::ctl {

inline constexpr std::chrono::seconds kFirstPause{4};
inline constexpr std::chrono::seconds kLongestPause{3600};
inline constexpr std::chrono::hours kGivenUpAfter{72};
inline constexpr std::chrono::hours kOldSecretStays{24};

// How one attempt ended.
struct Sent {
  int status = 0;                                   // of HTTP; 0: there was no answer
  std::string said{};                               // the beginning of the answer, or why there was none
  std::optional<std::chrono::seconds> retry_after;  // that the receiver asked for
  std::chrono::milliseconds took{};
  bool cut_off = false;  // the daemon ends: nothing is known
};

enum class Verdict { kDelivered, kGone, kAgain };
// 2xx is delivered, 410 Gone; redirects are not followed and all else is tried again.
Verdict verdict_of(const Sent& sent);

// Until the attempt that follows `failures` in a row (from 1): twice as long each time, from kFirstPause to
// kLongestPause, of which `chance` (0 to 1) takes up to a half away, so that hosts that failed together do
// not come again together; at least what the receiver asked for, up to kLongestPause.
std::chrono::milliseconds pause_after(unsigned failures, double chance,
                                      std::optional<std::chrono::seconds> asked);

// The time before which events are given up, when attempts fail since `failing_since`; seconds since 1970.
// Nothing while that is shorter than kGivenUpAfter, however old events are: a host that was down for long
// still tries.
std::optional<std::int64_t> given_up_before(std::int64_t failing_since, std::int64_t now);

}  // namespace croft::ctl
