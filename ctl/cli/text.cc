#include "ctl/cli/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <clocale>
#include <cwchar>

namespace croft::ctl {
namespace {

// wcwidth(3) looks at the thread's locale; ours must not depend on the caller's LANG.
class Utf8Locale {
 public:
  Utf8Locale() : made_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (made_ != nullptr) before_ = uselocale(made_);
  }
  ~Utf8Locale() {
    if (made_ == nullptr) return;
    uselocale(before_);
    freelocale(made_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t made_;
  locale_t before_ = nullptr;
};

struct Symbol {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
  bool cut = false;  // valid so far, but the text ends inside it
};

std::size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

// The first character of `text`, by RFC 3629: no overlong forms, no surrogates.
Symbol decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t bytes = length_of(byte(0));
  if (bytes == 1) return {byte(0), 1, true, false};
  if (bytes == 0) return {};
  char32_t value = byte(0) & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if (i == text.size()) return {0, i, false, true};
    if ((byte(i) & 0xc0U) != 0x80) return {};
    value = (value << 6U) | (byte(i) & 0x3fU);
  }
  const bool overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  if (overlong || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, bytes, true, false};
}

bool is_control(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return true;
  // Marks that reorder what follows make a name look like another one.
  return c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void append_visible(std::string& out, std::string_view text, const Symbol& symbol) {
  if (symbol.valid && !is_control(symbol.value)) {
    out += text.substr(0, symbol.bytes);
  } else if (symbol.valid && symbol.value > 0xff) {
    out += fmt::format("\\u{{{:x}}}", static_cast<unsigned>(symbol.value));
  } else {
    out +=
        fmt::format("\\x{:02x}", symbol.valid ? static_cast<unsigned>(symbol.value)
                                              : static_cast<unsigned>(static_cast<unsigned char>(text[0])));
  }
}

// Bytes of a colour sequence at the beginning of `text`: 0 when it is none, npos when it may become one.
std::size_t colour_length(std::string_view text) {
  if (text.size() == 1) return std::string_view::npos;
  if (text[1] != '[') return 0;
  const std::size_t end = text.find_first_not_of("0123456789;:", 2);
  if (end == std::string_view::npos) return text.size() < 64 ? end : 0;
  return text[end] == 'm' ? end + 1 : 0;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  const auto is_ascii = [](char c) { return c >= ' ' && c < 0x7f; };
  if (std::all_of(text.begin(), text.end(), is_ascii))
    return text.size();  // a locale costs more than the rest
  const Utf8Locale locale;
  std::size_t width = 0;
  while (!text.empty()) {
    const Symbol symbol = decode(text);
    const int columns = symbol.valid ? wcwidth(static_cast<wchar_t>(symbol.value)) : 1;
    width += columns < 0 ? 1 : static_cast<std::size_t>(columns);
    text.remove_prefix(symbol.valid ? symbol.bytes : 1);
  }
  return width;
}

std::string visible(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Symbol symbol = decode(text);
    append_visible(out, text, symbol);
    text.remove_prefix(symbol.valid ? symbol.bytes : 1);
  }
  return out;
}

std::string visible_stream(std::string_view text, std::string& kept) {
  const std::string whole = kept + std::string(text);
  kept.clear();
  std::string out;
  for (std::string_view rest = whole; !rest.empty();) {
    const Symbol symbol = decode(rest);
    const std::size_t colour = rest[0] == '\x1b' ? colour_length(rest) : 0;
    if (symbol.cut || colour == std::string_view::npos) {
      kept = rest;
      break;
    }
    std::size_t used = symbol.valid ? symbol.bytes : 1;
    if (colour > 0) {
      used = colour;
      out += rest.substr(0, used);
    } else if (rest[0] == '\n' || rest[0] == '\t' || rest[0] == '\r') {
      out += rest[0];
    } else {
      append_visible(out, rest, symbol);
    }
    rest.remove_prefix(used);
  }
  return out;
}

std::string pad_right(std::string_view text, std::size_t width) {
  const std::size_t have = display_width(text);
  return std::string(text) + std::string(width > have ? width - have : 0, ' ');
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t have = display_width(text);
  return std::string(width > have ? width - have : 0, ' ') + std::string(text);
}

std::string cut_text(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::string_view symbol = text.substr(0, std::max<std::size_t>(decode(text).bytes, 1));
    used += display_width(symbol);
    if (used >= width) break;
    out += symbol;
    text.remove_prefix(symbol.size());
  }
  return out + "~";
}

std::string wrap_text(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    const std::size_t wide = display_width(word);
    if (column > 0 && column + 1 + wide > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += wide;
  }
  return out;
}

}  // namespace croft::ctl
