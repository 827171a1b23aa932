#include "netns/conntrack.h"

#include <sstream>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::netns {
namespace {

std::optional<std::uint64_t> number_in(const std::string& path) {
  if (!runtime::exists(path)) return std::nullopt;
  std::uint64_t number = 0;
  if (!(std::istringstream(runtime::read_file(path)) >> number)) return std::nullopt;
  return number;
}

int column_of(const std::string& names, const std::string& wanted) {
  std::istringstream words(names);
  std::string name;
  for (int column = 0; words >> name; ++column)
    if (name == wanted) return column;
  return -1;
}

}  // namespace

std::optional<ConnectionTable> connection_table(const std::string& proc) {
  const std::string directory = proc + "/sys/net/netfilter/";
  const auto count = number_in(directory + "nf_conntrack_count");
  const auto most = number_in(directory + "nf_conntrack_max");
  if (!count || !most) return std::nullopt;
  return ConnectionTable{*count, *most};
}

std::uint64_t dropped_for_room(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const int column = column_of(line, "drop");
  std::uint64_t sum = 0;
  while (column >= 0 && std::getline(lines, line)) {
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i <= column && words >> word; ++i)
      if (std::uint64_t number = 0; i == column && (std::istringstream(word) >> std::hex >> number))
        sum += number;
  }
  return sum;
}

}  // namespace croft::netns
