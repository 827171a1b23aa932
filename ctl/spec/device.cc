#include "ctl/spec/device.h"

#include <algorithm>
#include <array>

#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// What fs/inside.h makes in every /dev, and what it mounts there.
constexpr std::array<std::string_view, 19> kOwn{
    "null",   "zero", "full",   "random", "urandom",          "tty", "console",
    "ptmx",   "pts",  "shm",    "log",    "initctl",          "fd",  "stdin",
    "stdout", "core", "stderr", "mqueue", "user_beancounters"};

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw Error(ErrorKind::kInvalid, "`" + shown(text) + "` " + why);
}

void check_path(std::string_view text, std::string_view path) {
  char before = '/';
  for (const char c : path) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool inner = before != '/' && std::string_view("/._-+:@=,").find(c) != std::string_view::npos;
    if (!word && !inner) refuse(text, "is no device, as net/tun and /dev/dri are");
    before = c;
  }
  if (before == '/') refuse(text, "is no device, as net/tun and /dev/dri are");
  if (std::find(kOwn.begin(), kOwn.end(), path.substr(0, path.find('/'))) != kOwn.end())
    refuse(text, "is one that every container has of its own");
}

void set_mode(Device& device, std::string_view text, std::string_view mode) {
  device.read = mode.find('r') != std::string_view::npos;
  device.write = mode.find('w') != std::string_view::npos;
  device.make = mode.find('m') != std::string_view::npos;
  const auto letters = static_cast<std::size_t>(device.read) + static_cast<std::size_t>(device.write) +
                       static_cast<std::size_t>(device.make);
  if (letters != mode.size()) refuse(text, "has another mode than letters of rwm, each once");
  if (!device.read && !device.write) refuse(text, "can neither be read nor written");
}

}  // namespace

Device parse_device(std::string_view text) {
  constexpr std::string_view kRoot = "/dev/";
  Device device;
  std::string_view path = text;
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find_first_not_of("rwm", colon + 1) == std::string_view::npos) {
    path = text.substr(0, colon);
    set_mode(device, text, text.substr(colon + 1));
  }
  if (path.starts_with(kRoot)) path.remove_prefix(kRoot.size());
  check_path(text, path);
  device.path = path;
  return device;
}

std::string to_text(const Device& device) {
  return "/dev/" + device.path + ":" + (device.read ? "r" : "") + (device.write ? "w" : "") +
         (device.make ? "m" : "");
}

}  // namespace croft::ctl
