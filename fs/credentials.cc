#include "fs/credentials.h"

#include <sys/mount.h>

namespace croft::fs {

void plan_credentials(const std::map<std::string, std::string>& credentials, runtime::LaunchList& list) {
  if (credentials.empty()) return;
  for (const char* directory : {"/run", "/run/host", kCredentials}) list.make_directory(directory, 0755);
  const runtime::Slot memory =
      list.new_filesystem("tmpfs", {{"mode", "700"}, {"size", "2m"}, {"nr_inodes", "128"}},
                          MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  list.mount_at(memory, kCredentials);
  for (const auto& [name, value] : credentials)
    list.make_file(std::string(kCredentials) + "/" + name, value, 0400);
  list.read_only(kCredentials);
}

}  // namespace croft::fs
