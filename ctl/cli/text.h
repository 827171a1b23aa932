// Text for terminals: how wide it is, and how to keep it from doing anything but be read. Names, labels and
// console output come from tenants; an escape sequence in them must not reach the operator's terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace croft::ctl {

// Columns that UTF-8 text takes on a terminal: 2 for wide East Asian characters, 0 for combining ones
// (wcwidth(3) in C.UTF-8). Bytes that are not UTF-8 count 1.
std::size_t display_width(std::string_view text);

// Control characters (C0, DEL, C1, bidirectional overrides) and bytes that are not UTF-8 shown as \xNN or
// \u{NNNN}.
std::string visible(std::string_view text);

// As visible, but newline, tab, carriage return and colour sequences (ESC [ ... m) pass: for logs on a
// terminal. `kept` carries an unfinished sequence from one piece of a stream to the next.
std::string visible_stream(std::string_view text, std::string& kept);

// Filled with blanks to `width` columns, at the left for numbers.
std::string pad_right(std::string_view text, std::size_t width);
std::string pad_left(std::string_view text, std::size_t width);

// At most `width` columns of visible text, its last one `~` where something is missing.
std::string cut_text(std::string_view text, std::size_t width);

// Broken at blanks into lines of at most `width` columns; lines after the first begin with `indent` blanks.
std::string wrap_text(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace croft::ctl
