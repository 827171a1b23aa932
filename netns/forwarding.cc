#include "netns/forwarding.h"

#include <dirent.h>

#include <algorithm>
#include <memory>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::netns {
namespace {

std::string switch_v4(const std::string& proc) {
  return proc + "/sys/net/ipv4/ip_forward";
}
std::string interfaces_v6(const std::string& proc) {
  return proc + "/sys/net/ipv6/conf";
}
std::string switch_v6(const std::string& proc) {
  return interfaces_v6(proc) + "/all/forwarding";
}

std::string value_of(const std::string& file) {
  std::string value = runtime::read_file(file);
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

bool is_on(const std::string& file) {
  return runtime::exists(file) && value_of(file) != "0";
}

std::vector<std::string> names_in(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
  if (!stream) runtime::fail_errno("cannot list `" + directory + "`");
  std::vector<std::string> names;
  while (const dirent* entry = readdir(stream.get()))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

using Record = std::vector<std::pair<std::string, std::string>>;

void set(const std::string& file, const std::string& value, Record& before) {
  std::string old = value_of(file);
  if (old == value) return;
  runtime::write_file(file, value);
  before.emplace_back(file, std::move(old));
}

// "1" is "accept unless forwarding".
void keep_advertisements(const std::string& proc, Record& before) {
  for (const std::string& name : names_in(interfaces_v6(proc))) {
    const std::string file = interfaces_v6(proc) + "/" + name + "/accept_ra";
    if (name != "all" && name != "default" && runtime::exists(file) && value_of(file) == "1")
      set(file, "2", before);
  }
}

}  // namespace

ForwardingState forwarding_state(const std::string& proc) {
  return {is_on(switch_v4(proc)), is_on(switch_v6(proc))};
}

runtime::Description EnableForwarding::describe() const {
  return {"switch on", "forwarding", v6 ? "IPv4 and IPv6" : "IPv4"};
}

void EnableForwarding::apply() {
  try {
    set(switch_v4(proc), "1", before);
    if (!v6 || !runtime::exists(switch_v6(proc)) || is_on(switch_v6(proc))) return;
    keep_advertisements(proc, before);
    set(switch_v6(proc), "1", before);
  } catch (...) {
    undo();
    throw;
  }
}

void EnableForwarding::undo() noexcept {
  for (auto it = before.rbegin(); it != before.rend(); ++it) {
    try {
      runtime::write_file(it->first, it->second);
    } catch (const std::exception&) {
      continue;  // the interface may be gone
    }
  }
  before.clear();
}

}  // namespace croft::netns
