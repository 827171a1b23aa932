// The embedded template: a root made of the host's static busybox and a few lines of configuration. It needs
// no network, boots in milliseconds, and is what remains where no package mirror answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "templates/build.h"
#include "templates/entry.h"

namespace croft::templates {

struct RootFile {
  Entry entry;
  std::string content;
};

// Everything in the template. `binary` is busybox itself, `applets` the paths that `busybox --list-full`
// prints, `version` as in "1.35.0". Pure.
std::vector<RootFile> busybox_root(std::string binary, const std::vector<std::string>& applets,
                                   const std::string& version);

// Whether an ELF program runs without a dynamic linker.
bool is_static_elf(std::string_view binary);

Build prepare_busybox(Store& store, const std::string& name, const BuildRequest& request);

}  // namespace croft::templates
