#include "ctl/lifecycle/host.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <sstream>

#include "cgroups/disks.h"
#include "netns/link.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "runtime/seccomp.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kMaxNameservers = 3;  // MAXNS of resolv.conf(5)

std::vector<std::string> host_nameservers() {
  std::vector<std::string> found;
  if (!runtime::exists("/etc/resolv.conf")) return found;
  std::istringstream lines(runtime::read_file("/etc/resolv.conf"));
  for (std::string line; std::getline(lines, line) && found.size() < kMaxNameservers;) {
    std::istringstream words(line);
    std::string word;
    std::string address;
    if (!(words >> word >> address) || word != "nameserver") continue;
    // A resolver on the host's own loopback cannot be reached from a container.
    if (!address.starts_with("127.") && address != "::1" && address.find('%') == std::string::npos)
      found.push_back(address);
  }
  return found;
}

netns::Prefix pool_of(const std::string& text, netns::Family family, const char* option) {
  try {
    const netns::Prefix prefix = netns::parse_prefix(text);
    if (prefix.base.family == family) return prefix;
    throw Error(ErrorKind::kInvalid, "`" + text + "` is of the other address family");
  } catch (Error& error) {
    throw error.wrap(std::string("option ") + option);
  }
}

void make_places(const Host& host) {
  const EngineOptions& options = host.options;
  runtime::make_directories(options.data, 0700);
  runtime::make_directories(options.run, 0711);
  // Containers' processes walk through it to the mount point, as ids of their own.
  if (chmod(options.run.c_str(), 0711) != 0)
    runtime::fail_errno("cannot set the mode of `" + options.run + "`");
  runtime::make_directories(host.containers(), 0700);
  runtime::make_directories(host.pools(), 0700);
  runtime::make_directories(options.run + "/containers", 0700);
  runtime::make_directories(host.mount_point(), 0755);
  runtime::make_directories(host.staging(), 0700);
}

}  // namespace

std::string beside_keeper(const Host& host, const std::string& name) {
  const std::string& keeper = host.options.keeper_program;
  return keeper.substr(0, keeper.find_last_of('/') + 1) + name;
}

std::string console_log(const Host& host, const std::string& uuid) {
  return host.containers() + "/" + uuid + "/console.log";
}

namespace {

std::shared_ptr<const fs::RootFacts> root_facts_of(const Host& host) {
  fs::prepare_staging(host.staging());
  try {
    return std::make_shared<fs::RootFacts>(
        fs::probe_root(host.options.data, host.staging(), host.options.root_mode == "shifted"));
  } catch (const Error&) {  // nothing will ever be staged there
    umount2(host.staging().c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
    throw;
  }
}

}  // namespace

Host open_host(const EngineOptions& options) {
  Host host;
  host.options = options;
  if (options.root_mode != "auto" && options.root_mode != "shifted")
    throw Error(ErrorKind::kInvalid, "root mode `" + options.root_mode + "` is neither auto nor shifted");
  host.pool4 = pool_of(options.net4, netns::Family::kV4, "--net4");
  host.pool6 = pool_of(options.net6, netns::Family::kV6, "--net6");
  make_places(host);
  host.root_facts = root_facts_of(host);
  host.layout = cgroups::detect({}, cgroups::device_programs_work(), cgroups::socket_programs_work());
  host.devices = cgroups::disks_under({}, host.containers()).devices;
  host.filter = runtime::default_filter();
  host.filter_with_keys = runtime::default_filter(runtime::KeyRings::kAllowed);
  host.ipv6 = netns::has_ipv6();
  host.nameservers = host_nameservers();
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  host.nofile_hard = files.rlim_max;
  return host;
}

}  // namespace croft::ctl
