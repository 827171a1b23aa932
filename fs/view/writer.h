// Text into memory that the caller brought: nothing is allocated, and what does not fit is left out whole.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace croft::view {

class Writer {
 public:
  explicit Writer(std::span<char> space) : space_(space) {}

  Writer& operator<<(std::string_view text) {
    if (text.size() > space_.size() - size_) {
      full_ = true;
      return *this;
    }
    std::memcpy(space_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  Writer& operator<<(std::uint64_t number) { return padded(number, 0, ' '); }
  // Right-aligned in `width`.
  Writer& padded(std::uint64_t number, std::size_t width, char fill = ' ') {
    char digits[20];
    const char* const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    const auto length = static_cast<std::size_t>(end - digits);
    for (std::size_t i = length; i < width; ++i) *this << std::string_view(&fill, 1);
    return *this << std::string_view(digits, length);
  }
  // Left-aligned in `width`.
  Writer& column(std::string_view text, std::size_t width) {
    *this << text;
    for (std::size_t i = text.size(); i < width; ++i) *this << " ";
    return *this;
  }
  // Hundredths as a number with two decimals.
  Writer& hundredths(std::uint64_t number) {
    return (*this << number / 100 << ".").padded(number % 100, 2, '0');
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool full() const { return full_; }

 private:
  std::span<char> space_;
  std::size_t size_ = 0;
  bool full_ = false;
};

}  // namespace croft::view
