#include "fs/seed.h"

namespace croft::fs {

void plan_seed(const SeedIntent& intent, runtime::LaunchList& list) {
  for (const char* directory : {"/var", "/var/lib", "/var/lib/cloud", "/var/lib/cloud/seed"})
    list.make_directory(directory, 0755);
  const std::string seed = "/var/lib/cloud/seed/nocloud";
  list.make_directory(seed, 0700);
  const std::string about =
      "instance-id: \"" + intent.instance + "\"\nlocal-hostname: \"" + intent.hostname + "\"\n";
  const std::string network = intent.network_config.empty() ? "config: disabled\n" : intent.network_config;
  list.make_file(seed + "/meta-data", about, 0600);
  list.make_file(seed + "/user-data", intent.user_data, 0600);
  list.make_file(seed + "/vendor-data", intent.vendor_data, 0600);
  list.make_file(seed + "/network-config", network, 0600);
}

}  // namespace croft::fs
