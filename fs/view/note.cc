#include "fs/view/note.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "cgroups/figures.h"

namespace croft::view {
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::string_view kEnd = "end";

bool number(std::string_view word, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace

std::string to_text(const Bounds& bounds) {
  std::string text(kVersion);
  for (const std::uint64_t value : {bounds.memory, bounds.barrier, bounds.swap, bounds.memswap,
                                    std::uint64_t{bounds.cpus}, bounds.started})
    text += ' ' + std::to_string(value);
  text += ' ' + std::string(kEnd);
  text.resize(kNoteSize - 1, ' ');
  return text + '\n';
}

bool parse_note(std::string_view text, Bounds& bounds) {
  if (text.size() != kNoteSize || text.back() != '\n') return false;
  text.remove_suffix(1);
  std::string_view word;
  if (!cgroups::next_word(text, word) || word != kVersion) return false;
  std::array<std::uint64_t, 6> values{};
  for (std::uint64_t& value : values)
    if (!cgroups::next_word(text, word) || !number(word, value)) return false;
  if (!cgroups::next_word(text, word) || word != kEnd || cgroups::next_word(text, word)) return false;
  if (values[4] == 0) return false;
  bounds = {.memory = values[0],
            .barrier = values[1],
            .swap = values[2],
            .memswap = values[3],
            .cpus = static_cast<unsigned>(std::min<std::uint64_t>(values[4], kMaxCpus)),
            .started = values[5]};
  return true;
}

}  // namespace croft::view
