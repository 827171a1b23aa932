#include "cgroups/devices.h"

#include <algorithm>

#include "cgroups/device_program.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

constexpr std::size_t kMaxLoaded = 64;  // programs kept though no change is using them

DeviceRule open_only(std::uint32_t major, std::optional<std::uint32_t> minor) {
  return {DeviceRule::Type::kChar, major, minor, true, true, false};
}

std::string number(const std::optional<std::uint32_t>& value) {
  return value ? std::to_string(*value) : "*";
}

}  // namespace

std::string to_text(const DeviceRule& rule) {
  std::string text = rule.type == DeviceRule::Type::kAll     ? "a"
                     : rule.type == DeviceRule::Type::kBlock ? "b"
                                                             : "c";
  text += " " + number(rule.major) + ":" + number(rule.minor) + " ";
  if (rule.read) text += 'r';
  if (rule.write) text += 'w';
  if (rule.make) text += 'm';
  return text;
}

// Numbers from Documentation/admin-guide/devices.txt.
DeviceRules standard_device_rules() {
  return {open_only(1, 3),      // null
          open_only(1, 5),      // zero
          open_only(1, 7),      // full
          open_only(1, 8),      // random
          open_only(1, 9),      // urandom
          open_only(5, 0),      // tty
          open_only(5, 1),      // console
          open_only(5, 2),      // ptmx
          open_only(136, {})};  // pts
}

runtime::FdSlot DevicePrograms::get(const DeviceRules& rules) {
  const std::lock_guard lock(mutex_);
  if (const auto found = loaded_.find(rules); found != loaded_.end()) return found->second;
  runtime::FdSlot program = runtime::make_slot(load_device_program(assemble(rules)));
  if (loaded_.size() >= kMaxLoaded)
    std::erase_if(loaded_, [](const auto& entry) { return entry.second.use_count() == 1; });
  loaded_.emplace(rules, program);
  return program;
}

bool device_programs_work() {
  try {
    load_device_program(assemble({}));
    return true;
  } catch (const runtime::Error&) {
    return false;
  }
}

}  // namespace croft::cgroups
