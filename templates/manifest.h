// What a template is: a name, its layers, and what was found in them once, at import, so that nothing needs
// to look into a template again when a container is made from it. The registry keeps the JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/fd.h"

namespace croft::templates {

enum class InitKind { kNone, kSystemd, kOpenrc, kSysvinit, kBusybox };
// "none", "systemd", "openrc", "sysvinit", "busybox".
std::string_view text_of(InitKind kind);
InitKind init_kind_of(std::string_view text);  // throws Error kInvalid

struct Os {
  std::string id;       // ID= of os-release: "debian"; empty where there is no os-release
  std::string version;  // VERSION_ID=: "12"
  std::string pretty;   // PRETTY_NAME=
  bool operator==(const Os&) const = default;
};

struct Manifest {
  std::string name;
  std::string created;              // RFC 3339, UTC
  std::vector<std::string> layers;  // ids, uppermost first
  std::uint64_t size_bytes = 0;     // sum over the layers
  std::uint64_t files = 0;
  Os os;
  std::string architecture;  // as uname(2) says it: "x86_64"; empty where no program was found to tell
  // What process 1 is, which decides how it is told to stop. An Alpine image is `busybox`: that is process 1,
  // and OpenRC runs below it.
  InitKind init = InitKind::kNone;
  std::vector<std::string> command;  // what runs as process 1: the init, or a shell, or nothing
  bool operator==(const Manifest&) const = default;
};

// [a-z0-9][a-z0-9.+_-]{0,62}; throws Error kInvalid naming the name and the rule.
void check_template_name(std::string_view name);

// JSON as in the API:
// {"name","created","layers","size_bytes","files","init","os":{...},"architecture","command"}.
nlohmann::json to_json(const Manifest& manifest);
// Throws Error kInvalid naming every wrong field; unknown members are ignored (a newer Croft may have written
// it).
Manifest manifest_from_json(const nlohmann::json& json);
Manifest manifest_from_text(std::string_view text);

// Fills os, architecture, init and command from the root directories of layers, uppermost first. The content
// is not trusted: no path leads out of them. Of a missing or odd file the fact stays as it is; a command
// stays where no init is found.
void detect(const std::vector<runtime::Fd>& layers, Manifest& manifest);

// Throws Error kUnsupported when the template is for another processor than `machine` (utsname.machine).
void check_architecture(const Manifest& manifest, std::string_view machine);

}  // namespace croft::templates
