#include "ctl/api/target.h"

#include <algorithm>
#include <charconv>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Only the lead byte decides how many follow; the second byte's range excludes overlong forms and surrogates.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool second_byte_fits(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second <= 0x9F;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second <= 0x8F;
    default:
      return true;
  }
}

std::string decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        throw Error(ErrorKind::kInvalid, "the request target has a `%` without two hexadecimal digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      throw Error(ErrorKind::kInvalid, "the request target has a control character");
    out += c;
  }
  if (!is_utf8(out)) throw Error(ErrorKind::kInvalid, "the request target is not UTF-8");
  return out;
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    if (parts.size() == kMaxPathParts)
      throw Error(ErrorKind::kNotFound, "no such route: the path has too many parts");
    parts.push_back(decode(path.substr(0, end), false));
    path.remove_prefix(end);
  }
  return parts;
}

std::map<std::string, std::string> split_query(std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string key = decode(pair.substr(0, equals), true);
    std::string value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (query.size() == kMaxQueryKeys)
      throw Error(ErrorKind::kInvalid, "the request has too many query parameters");
    if (!query.emplace(key, std::move(value)).second)
      throw Error({{key, "this query parameter is given twice"}});
  }
  return query;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = sequence_length(lead);
    if (length == 0 || length > text.size() - i) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) return false;
    if (length > 1 && !second_byte_fits(lead, static_cast<unsigned char>(text[i + 1]))) return false;
    i += length;
  }
  return true;
}

std::uint64_t parse_number(std::string_view what, std::string_view text, std::uint64_t highest) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value > highest)
    throw Error({{std::string(what), "must be a whole number from 0 to " + std::to_string(highest)}});
  return value;
}

Target parse_target(std::string_view text) {
  if (text.empty() || text.front() != '/')
    throw Error(ErrorKind::kInvalid, "the request target must be a path that begins with `/`");
  const std::size_t question = std::min(text.find('?'), text.size());
  Target target;
  target.path = text.substr(0, question);
  if (target.path.size() > 1 && target.path.back() == '/') target.path.pop_back();
  target.parts = split_path(target.path);
  target.query = split_query(text.substr(std::min(question + 1, text.size())));
  return target;
}

}  // namespace croft::ctl
