// `croft template build`: templates that Croft makes itself, from a distribution's packages or from the
// host's busybox.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "templates/import.h"

namespace croft::templates {

// What to build. `recipe` is "debian-12", "debian-13" or "busybox", or "debian" for the suite that is named.
struct BuildRequest {
  std::string recipe = {};  // empty: the template's own name
  std::string suite = {};   // of recipe "debian"; empty: what the template's name says, else bookworm
  std::string mirror = {};  // empty: the package sources of this host
  std::vector<std::string> packages = {};  // further packages of the distribution
  // Where programs of the host are looked for.
  std::string search_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
};

// Names of recipes, for messages and completion.
std::vector<std::string> recipes();

// A build that can begin. Throws Error kUnavailable where no package mirror answers, else what
// import_template throws.
using Build = std::function<Imported(const Control& control)>;

// Refuses what can be refused without changing anything. `store` must outlive the Build. Throws Error:
// kNotFound for an unknown recipe (naming the known ones), kUnsupported with its cure where a program is
// missing, kInvalid for a suite, mirror or package that is none.
Build prepare_build(Store& store, const std::string& name, const BuildRequest& request);
// Both at once.
Imported build_template(Store& store, const std::string& name, const BuildRequest& request,
                        const Control& control = {});

}  // namespace croft::templates
