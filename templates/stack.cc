#include "templates/stack.h"

#include "runtime/error.h"

namespace croft::templates {

std::vector<std::string> lower_directories(const Store& store, const Manifest& manifest) {
  std::vector<std::string> paths;
  for (const std::string& id : manifest.layers) {
    if (!store.has(id))
      throw runtime::Error(runtime::ErrorKind::kNotFound, "template `" + manifest.name + "`: its layer " +
                                                              id + " is not in `" + store.directory() +
                                                              "/layers`")
          .cure("import or build the template again");
    paths.push_back(store.root_path(id));
  }
  return paths;
}

}  // namespace croft::templates
