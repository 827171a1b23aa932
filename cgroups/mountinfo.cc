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

// A line of mountinfo: the fields before " - ", of which some are optional, and the three behind it.
struct Line {
  std::vector<std::string> front;
  std::string type;
  std::string source;
  std::string options;
};

std::optional<Line> parse(std::string_view text) {
  constexpr std::size_t kLeastFields = 6;
  std::vector<std::string> fields = split(text, ' ');
  const auto dash = std::find(fields.begin(), fields.end(), "-");
  if (dash - fields.begin() < static_cast<std::ptrdiff_t>(kLeastFields) || fields.end() - dash < 4)
    return std::nullopt;
  return Line{{fields.begin(), dash}, dash[1], unescape(dash[2]), dash[3]};
}

}  // namespace

std::vector<CgroupMount> cgroup_mounts(std::string_view mountinfo) {
  constexpr std::size_t kPoint = 4;
  constexpr std::size_t kOptions = 5;
  std::vector<CgroupMount> mounts;
  for (const std::string& text : split(mountinfo, '\n')) {
    const std::optional<Line> line = parse(text);
    if (!line || (line->type != "cgroup" && line->type != "cgroup2")) continue;
    CgroupMount mount{unescape(line->front[kPoint]), line->type, true, split(line->options, ',')};
    mount.writable = !contains(mount.options, "ro") && !contains(split(line->front[kOptions], ','), "ro");
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::optional<MountSource> mount_of(std::string_view mountinfo, std::uint64_t id) {
  for (const std::string& text : split(mountinfo, '\n'))
    if (const std::optional<Line> line = parse(text); line && line->front[0] == std::to_string(id))
      return MountSource{line->type, line->source};
  return std::nullopt;
}

}  // namespace croft::cgroups
