#include "ctl/cli/top_keys.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace croft::ctl {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::size_t kMaxSequence = 16;

struct KeyName {
  std::string_view bytes;
  TopKey key;
};
constexpr std::array kKeys{
    KeyName{"q", TopKey::kQuit},         KeyName{"\x03", TopKey::kQuit},
    KeyName{"\x1a", TopKey::kSuspend},   KeyName{"\x0c", TopKey::kRepaint},
    KeyName{"h", TopKey::kToggleHelp},   KeyName{"?", TopKey::kToggleHelp},
    KeyName{"k", TopKey::kUp},           KeyName{"j", TopKey::kDown},
    KeyName{"c", TopKey::kSortCpu},      KeyName{"m", TopKey::kSortMemory},
    KeyName{"i", TopKey::kSortIo},       KeyName{"t", TopKey::kSortTasks},
    KeyName{"n", TopKey::kSortName},     KeyName{"b", TopKey::kSortBurst},
    KeyName{"\x1b[A", TopKey::kUp},      KeyName{"\x1bOA", TopKey::kUp},
    KeyName{"\x1b[B", TopKey::kDown},    KeyName{"\x1bOB", TopKey::kDown},
    KeyName{"\x1b[5~", TopKey::kPageUp}, KeyName{"\x1b[6~", TopKey::kPageDown},
    KeyName{" ", TopKey::kPageDown},
};

// Bytes of the sequence at the beginning (ECMA-48, section 5.4): 0 when it is not whole yet.
std::size_t sequence_length(std::string_view text) {
  if (text.size() < 2) return 0;
  if (text[1] == 'O') return text.size() < 3 ? 0 : 3;
  if (text[1] != '[') return 1;  // escape by itself
  for (std::size_t i = 2; i < text.size(); ++i)
    if (text[i] >= 0x40 && text[i] <= 0x7e) return i + 1;
  return text.size() < kMaxSequence ? 0 : text.size();
}

std::optional<TopKey> key_of(std::string_view bytes) {
  for (const KeyName& name : kKeys)
    if (name.bytes == bytes) return name.key;
  return std::nullopt;
}

void sort_by(TopView& view, TopSort sort) {
  view.reversed = view.sort == sort && !view.reversed;
  view.sort = sort;
  view.first = 0;
}

void move_by(TopView& view, std::ptrdiff_t by, std::size_t rows) {
  const std::size_t room = view.lines > kTopHeadLines ? view.lines - kTopHeadLines : 0;
  const auto last = static_cast<std::ptrdiff_t>(rows > room ? rows - room : 0);
  const auto first = static_cast<std::ptrdiff_t>(view.first) + by;
  view.first = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(first, 0, last));
}

}  // namespace

std::vector<TopKey> take_keys(std::string& typed) {
  std::vector<TopKey> keys;
  std::string_view rest = typed;
  while (!rest.empty()) {
    const std::size_t length = rest[0] == kEscape ? sequence_length(rest) : 1;
    if (length == 0) break;
    if (const std::optional<TopKey> key = key_of(rest.substr(0, length))) keys.push_back(*key);
    rest.remove_prefix(length);
  }
  typed.erase(0, typed.size() - rest.size());
  return keys;
}

void apply_key(TopView& view, TopKey key, std::size_t rows) {
  const auto page = static_cast<std::ptrdiff_t>(view.lines > kTopHeadLines ? view.lines - kTopHeadLines : 1);
  switch (key) {
    case TopKey::kToggleHelp:
      view.help = !view.help;
      break;
    case TopKey::kUp:
      move_by(view, -1, rows);
      break;
    case TopKey::kDown:
      move_by(view, 1, rows);
      break;
    case TopKey::kPageUp:
      move_by(view, -page, rows);
      break;
    case TopKey::kPageDown:
      move_by(view, page, rows);
      break;
    case TopKey::kSortCpu:
      sort_by(view, TopSort::kCpu);
      break;
    case TopKey::kSortMemory:
      sort_by(view, TopSort::kMemory);
      break;
    case TopKey::kSortIo:
      sort_by(view, TopSort::kIo);
      break;
    case TopKey::kSortTasks:
      sort_by(view, TopSort::kTasks);
      break;
    case TopKey::kSortName:
      sort_by(view, TopSort::kName);
      break;
    case TopKey::kSortBurst:
      sort_by(view, TopSort::kBurst);
      break;
    case TopKey::kQuit:
    case TopKey::kSuspend:
    case TopKey::kRepaint:
      break;
  }
}

}  // namespace croft::ctl
