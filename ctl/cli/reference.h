// How operands name containers: NAME, TENANT/NAME, a uuid, or a glob over either part ("web*", "*/db").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/cli/invocation.h"

namespace croft::ctl {

struct Target {
  std::string tenant;
  std::string name;   // or uuid
  std::string shown;  // as messages call it: the tenant only where it was typed or found by a glob
};

bool is_glob(std::string_view text);

// Splits one operand. Throws Error kInvalid when a part is empty or there is more than one slash.
Target parse_target(const std::string& operand, const std::string& tenant);

// "/v1/containers/web1/start?tenant=default" and further query parameters.
std::string container_path(const Target& target, std::string_view verb = "",
                           std::map<std::string, std::string> query = {});

// All items of a paged list, in the daemon's order.
Json fetch_list(Client& client, const std::string& path, std::map<std::string, std::string> query);

// Containers, all of which `query` means; only these fields of each where they are named ("name,state").
Json fetch_containers(Client& client, std::map<std::string, std::string> query, const std::string& fields);

// The operands' targets in the order typed, globs replaced by what they match, each once. A glob that matches
// nothing is an Error kNotFound.
std::vector<Target> expand_targets(Client& client, const std::vector<std::string>& operands,
                                   const std::string& tenant);

// Operands as a choice among what a list holds, for commands that show what is there and make nothing of what
// is not: NAME, TENANT/NAME and uuid, globs too. No operands choose all of the tenant, and a tenant `*` all.
class Selection {
 public:
  // Throws Error kInvalid as parse_target does.
  Selection(const std::vector<std::string>& operands, const std::string& tenant);

  [[nodiscard]] bool takes(const std::string& tenant, const std::string& name, const std::string& uuid) const;
  // It may take containers of several tenants, so that names are shown with theirs.
  [[nodiscard]] bool is_wide() const { return wide_; }
  // Of a list route: the tenant, or all of them.
  [[nodiscard]] std::map<std::string, std::string> query() const;

 private:
  std::vector<Target> patterns_;
  std::string tenant_;
  bool wide_;
};

// The names that match `patterns`; a pattern that is no glob is taken as it is.
std::vector<std::string> expand_names(const std::vector<std::string>& patterns, const Json& list,
                                      std::string_view what);

}  // namespace croft::ctl
