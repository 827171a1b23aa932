// Numbers in the texts that the kernel writes, found without allocating anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace croft::cgroups {

// Takes the next line off `rest`; false at the end.
bool next_line(std::string_view& rest, std::string_view& line);
// The same for words apart by spaces.
bool next_word(std::string_view& rest, std::string_view& word);

// The number that the text begins with; "max" is the largest.
std::optional<std::uint64_t> leading_number(std::string_view text);
// Behind "KEY " at the beginning of a line ("populated 1").
std::optional<std::uint64_t> number_of_line(std::string_view text, std::string_view key);
// Behind "KEY=" as a word of a line ("full avg10=0.00 total=12").
std::optional<std::uint64_t> number_of_word(std::string_view line, std::string_view key);
// Behind "total=" of the line that begins with `kind` ("some", "full"): pressure files.
std::optional<std::uint64_t> stall_total(std::string_view text, std::string_view kind);

}  // namespace croft::cgroups
