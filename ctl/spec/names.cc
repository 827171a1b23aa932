#include "ctl/spec/names.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <vector>

#include "ctl/spec/bounds.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_hex(char c) {
  return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9');
}

[[noreturn]] void refuse(std::string_view what, std::string_view name, std::string_view allowed) {
  throw Error(ErrorKind::kInvalid, "`" + shown(name) + "` cannot be the name of a " + std::string(what) +
                                       ": " + std::string(allowed));
}

void check_plain_name(std::string_view what, std::string_view name) {
  const bool good =
      !name.empty() && name.size() <= kMaxName && name.front() != '-' && name.back() != '-' &&
      std::all_of(name.begin(), name.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
  if (!good) refuse(what, name, "use 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends");
}

// Length of the UTF-8 sequence that `text` starts with, 0 when it is not valid (overlong forms, surrogates
// and what lies beyond U+10FFFF included). Unicode standard, table 3-7.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&byte](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef)
    return follows(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && follows(2) ? 3 : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return follows(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && follows(2) && follows(3)
               ? 4
               : 0;
  return 0;
}

// C0, DEL, and C1 (U+0080..U+009F, which terminals obey too). `text` starts with a valid sequence.
bool is_control(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x20 || first == 0x7f) return true;
  return first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row.back();
}

bool is_usable(const in_addr& address) {
  const std::uint32_t host = ntohl(address.s_addr);
  const std::uint32_t first = host >> 24;
  return first != 0 && first != 127 && first < 224;  // "this network", loopback, multicast and reserved
}

bool is_usable(const in6_addr& address) {
  return !IN6_IS_ADDR_UNSPECIFIED(&address) && !IN6_IS_ADDR_LOOPBACK(&address) &&
         !IN6_IS_ADDR_MULTICAST(&address) && !IN6_IS_ADDR_V4MAPPED(&address) &&
         !IN6_IS_ADDR_LINKLOCAL(&address);
}

}  // namespace

void check_container_name(std::string_view name) {
  check_plain_name("container", name);
  if (looks_like_uuid(name)) refuse("container", name, "it would be taken for a uuid");
}

void check_tenant_name(std::string_view name) {
  check_plain_name("tenant", name);
}

void check_plan_name(std::string_view name) {
  check_plain_name("plan", name);
}

void check_pool_name(std::string_view name) {
  check_plain_name("pool", name);
}

void check_template_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= kMaxName && is_lower_or_digit(name[0]) &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return is_lower_or_digit(c) || c == '.' || c == '+' || c == '_' || c == '-';
                    });
  if (!good) refuse("template", name, "use 1 to 63 of a-z, 0-9, ., +, _ and -, with a letter or digit first");
}

bool looks_like_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

std::optional<std::string> canonical_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const std::string terminated(text);
  if (terminated.size() != text.size() || terminated.find('\0') != std::string::npos) return std::nullopt;
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, terminated.c_str(), &four) == 1) {
    if (!is_usable(four)) return std::nullopt;
    return inet_ntop(AF_INET, &four, buffer.data(), buffer.size());
  }
  if (inet_pton(AF_INET6, terminated.c_str(), &six) != 1 || !is_usable(six)) return std::nullopt;
  return inet_ntop(AF_INET6, &six, buffer.data(), buffer.size());
}

bool is_clean_text(std::string_view text, bool lines) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    const bool allowed = lines && (text[0] == '\n' || text[0] == '\t');
    if (!allowed && is_control(text)) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 80;
  std::string result;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (result.size() + std::max<std::size_t>(length, 1) > kMost) return result + "...";
    if (length == 0 || is_control(text))
      result += '?';
    else
      result += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

// People get the beginning of a word right more often than its end: letters in common there count half a
// mistake less.
std::string nearest(std::string_view text, std::span<const std::string_view> known) {
  const std::string_view probe = text.substr(0, kMaxName);
  const std::size_t most = std::max<std::size_t>(2, probe.size() / 2);
  std::ptrdiff_t best = 0;
  std::string_view found;
  for (const std::string_view candidate : known) {
    const std::size_t d = distance(probe, candidate);
    if (d > most) continue;
    const auto common = std::mismatch(probe.begin(), probe.end(), candidate.begin(), candidate.end());
    const std::ptrdiff_t rank = 2 * static_cast<std::ptrdiff_t>(d) - (common.first - probe.begin());
    if (!found.empty() && rank >= best) continue;
    best = rank;
    found = candidate;
  }
  return std::string(found);
}

}  // namespace croft::ctl
