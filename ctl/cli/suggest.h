// "did you mean": the word of a list that a mistyped one is nearest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace croft::ctl {

// Number of letters to insert, remove, replace or swap with their neighbour to make one word the other.
std::size_t distance(std::string_view a, std::string_view b);

// Empty when none is near enough to be meant.
std::string_view nearest_word(std::string_view wrong, const std::vector<std::string_view>& known);

// "; did you mean `start`?", or nothing.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& known);

}  // namespace croft::ctl
