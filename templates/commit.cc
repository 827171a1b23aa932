#include "templates/commit.h"

#include "templates/assemble.h"
#include "templates/walk.h"

namespace croft::templates {

Imported commit_container(Store& store, const std::string& name, const Manifest& base,
                          const runtime::Fd& upper, std::uint32_t id_base, const Control& control) {
  return assemble(store, name, control, base.layers, [&](Layers& layers, Report&, Manifest& manifest) {
    manifest.command = base.command;
    layers.add([&](Unpacker& unpacker, Report& report) {
      read_directory(upper, report, unpacker, Reading::kUpper, id_base);
    });
  });
}

}  // namespace croft::templates
