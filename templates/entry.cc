#include "templates/entry.h"

#include <array>
#include <cstdio>

#include "runtime/error.h"
#include "templates/bounds.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80                       ? 1
                             : byte(0) >= 0xc2 && byte(0) <= 0xdf ? 2
                             : byte(0) >= 0xe0 && byte(0) <= 0xef ? 3
                             : byte(0) >= 0xf0 && byte(0) <= 0xf4 ? 4
                                                                  : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool overlong = (byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xf0 && byte(1) < 0x90);
  const bool outside = (byte(0) == 0xed && byte(1) >= 0xa0) || (byte(0) == 0xf4 && byte(1) >= 0x90);
  // C1 control characters steer terminals as the C0 ones do.
  const bool control = byte(0) < 0x20 || byte(0) == 0x7f || (byte(0) == 0xc2 && byte(1) < 0xa0);
  return overlong || outside || control ? 0 : length;
}

void check_component(std::string_view component) {
  if (component == "..") throw Error(ErrorKind::kInvalid, "its path contains `..`");
  if (component.size() > kMaxNameLength)
    throw Error(ErrorKind::kInvalid,
                "a name in its path is longer than " + std::to_string(kMaxNameLength) + " bytes");
}

}  // namespace

std::string clean_path(std::string_view raw) {
  if (raw.empty()) throw Error(ErrorKind::kInvalid, "its path is empty");
  std::string path;
  std::size_t depth = 0;
  while (!raw.empty()) {
    const std::string_view component = raw.substr(0, raw.find('/'));
    raw.remove_prefix(component.size() == raw.size() ? raw.size() : component.size() + 1);
    if (component.empty() || component == ".") continue;
    check_component(component);
    if (!path.empty()) path += '/';
    path += component;
    if (++depth > kMaxDepth || path.size() > kMaxPathLength)
      throw Error(ErrorKind::kInvalid, "its path is longer than " + std::to_string(kMaxPathLength) +
                                           " bytes or deeper than " + std::to_string(kMaxDepth) +
                                           " directories");
  }
  return path;
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string shown(std::string_view path) {
  static constexpr std::size_t kMaxShown = 200;
  std::string text = "`";
  for (bool cut = path.size() > kMaxShown; !path.empty();) {
    if (cut && text.size() > kMaxShown) {
      text += "...";
      break;
    }
    const std::size_t length = sequence_length(path);
    if (length > 0) {
      text += path.substr(0, length);
    } else {
      std::array<char, 5> escape{};
      std::snprintf(escape.data(), escape.size(), "\\x%02x",
                    static_cast<unsigned>(static_cast<unsigned char>(path[0])));
      text += escape.data();
    }
    path.remove_prefix(length > 0 ? length : 1);
  }
  return text + "`";
}

}  // namespace croft::templates
