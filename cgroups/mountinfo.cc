#include "cgroups/mountinfo.h"

#include <algorithm>

#include "cgroups/files.h"

namespace croft::cgroups {
namespace {

bool octal(char letter) {
  return letter >= '0' && letter <= '7';
}

// Space, tab, newline and backslash are written as three octal digits.
std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
        octal(text[i + 3])) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::vector<CgroupMount> cgroup_mounts(std::string_view mountinfo) {
  constexpr std::size_t kPoint = 4;
  constexpr std::size_t kOptions = 5;
  std::vector<CgroupMount> mounts;
  for (const std::string& line : split(mountinfo, '\n')) {
    const std::vector<std::string> fields = split(line, ' ');
    const auto separator =
        static_cast<std::size_t>(std::find(fields.begin(), fields.end(), "-") - fields.begin());
    if (separator <= kOptions || separator + 3 >= fields.size()) continue;
    const std::string& type = fields[separator + 1];
    if (type != "cgroup" && type != "cgroup2") continue;
    CgroupMount mount{unescape(fields[kPoint]), type, true, split(fields[separator + 3], ',')};
    mount.writable = !contains(mount.options, "ro") && !contains(split(fields[kOptions], ','), "ro");
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

}  // namespace croft::cgroups
