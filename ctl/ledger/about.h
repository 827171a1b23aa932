// What a record says was true of its container, read once for the many records that say the same. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace croft::ledger {

struct About {
  std::string tenant, path, name, template_name, plan;
  // Resource -> "guarantee", "barrier", "limit" -> what was promised; what is not there has none.
  std::map<std::string, std::map<std::string, std::uint64_t>> promise;

  // Whether the container is this tenant's, or that of one below it.
  [[nodiscard]] bool is_of(std::string_view whom) const;
};

class Abouts {
 public:
  // Of Facts::about.
  const About& of(const std::string& text);

 private:
  std::map<std::string, About> known_;
};

}  // namespace croft::ledger
