#include "ctl/spec/tree.h"

#include <string>

namespace croft::ctl::tree {

const Json* find(const Json& root, std::string_view dotted) {
  const std::size_t dot = dotted.find('.');
  if (!root.is_object()) return nullptr;
  const auto found = root.find(std::string(dotted.substr(0, dot)));
  if (found == root.end()) return nullptr;
  return dot == std::string_view::npos ? &*found : find(*found, dotted.substr(dot + 1));
}

Json& place(Json& root, std::string_view dotted) {
  const std::size_t dot = dotted.find('.');
  if (!root.is_object()) root = Json::object();
  Json& child = root[std::string(dotted.substr(0, dot))];
  return dot == std::string_view::npos ? child : place(child, dotted.substr(dot + 1));
}

void erase(Json& root, std::string_view dotted) {
  const std::size_t dot = dotted.find('.');
  if (!root.is_object()) return;
  const auto found = root.find(std::string(dotted.substr(0, dot)));
  if (found == root.end()) return;
  if (dot != std::string_view::npos) erase(*found, dotted.substr(dot + 1));
  if (dot == std::string_view::npos || (found->is_object() && found->empty())) root.erase(found);
}

}  // namespace croft::ctl::tree
