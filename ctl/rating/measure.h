// How much of what is sold one record is, and which part of that falls into some time. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "ctl/ledger/about.h"
#include "ctl/ledger/period.h"
#include "ctl/ledger/record.h"
#include "ctl/rating/metered.h"

namespace croft::rating {

// Of the whole record, in what the dimension counts in; nothing of peaks and percentiles.
Wide raw_of(const Metered& metered, const ledger::Record& record, const ledger::About& about);
// The part of `value` that falls into `window`, evenly over the labels of the record. Parts of windows that
// lie beside each other add up to the whole.
Wide share_of(Wide value, const ledger::Record& record, const ledger::Period& window);
bool overlaps(const ledger::Record& record, const ledger::Period& window);

// Bytes of every five minutes on the grid of UTC. What a longer record counted is spread evenly over it.
class Samples {
 public:
  explicit Samples(const ledger::Period& span);
  void add(const Metered& metered, const ledger::Record& record);
  void add(const Samples& other);  // another container's, of the same span

  // The value of ascending rank N - floor(N/20) among the N samples in which the container was there, of the
  // direction where it is greater.
  [[nodiscard]] Wide percentile() const;
  [[nodiscard]] std::uint64_t seen() const;
  // Samples of which nothing but a gap is known; they are none of the N.
  [[nodiscard]] std::uint64_t missing() const;

 private:
  struct Sample {
    Wide first = 0, second = 0;
    bool seen = false, gap = false;
  };
  [[nodiscard]] ledger::Period window(std::size_t index) const;

  ledger::Period span_;
  std::vector<Sample> samples_;
};

}  // namespace croft::rating
