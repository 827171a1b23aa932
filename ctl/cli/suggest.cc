#include "ctl/cli/suggest.h"

#include <algorithm>
#include <utility>

namespace croft::ctl {

std::size_t distance(std::string_view a, std::string_view b) {
  // Three rows of the optimal string alignment table are enough: a swap looks two rows back.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string_view nearest_word(std::string_view wrong, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, wrong.size() / 3) + 1;
  for (std::string_view word : known) {
    // A beginning that fits ("temp" for "template") counts as near, however much is missing.
    const bool begins = wrong.size() >= 2 && word.starts_with(wrong);
    const std::size_t d = begins ? 1 : distance(wrong, word);
    if (d >= least) continue;
    least = d;
    best = word;
  }
  return best;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& known) {
  const std::string_view word = nearest_word(wrong, known);
  return word.empty() ? std::string() : "; did you mean `" + std::string(word) + "`?";
}

}  // namespace croft::ctl
