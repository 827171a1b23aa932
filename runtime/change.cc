#include "runtime/change.h"

#include <ranges>

#include "runtime/error.h"

namespace croft::runtime {
namespace {

void undo_first(Changes& list, std::size_t count) noexcept {
  for (std::size_t i = count; i > 0; --i) list[i - 1].undo();
}

}  // namespace

std::string to_text(const Description& d) {
  std::string text = d.verb + " " + d.object;
  if (!d.value.empty()) text += " = " + d.value;
  return text;
}

void apply_changes(Changes& list, const BeforeChange& before) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    try {
      if (before) before(i, list[i]);
      list[i].apply();
    } catch (Error& error) {
      undo_first(list, i);
      throw error.wrap("cannot " + to_text(list[i].describe()));
    } catch (...) {
      undo_first(list, i);
      throw;
    }
  }
}

void undo_changes(Changes& list) noexcept {
  undo_first(list, list.size());
}

std::vector<Description> describe(const Changes& list) {
  std::vector<Description> result;
  result.reserve(list.size());
  for (const Change& change : list) result.push_back(change.describe());
  return result;
}

}  // namespace croft::runtime
