// Mounts a container's root for a tool that brings none of its own kind: overlay of an id-mapped template
// with a fresh upper directory, at DATA/ID/rootfs, in the caller's mount namespace.
//
// usage: mount_root DATA ID TEMPLATE FIRST-ID
#include <sys/mount.h>
#include <sys/stat.h>

#include <iostream>

#include "tests/bench/floor/idmap.h"
#include "tests/bench/floor/overlay.h"

int main(int argc, char** argv) {
  using namespace croft::bench;
  try {
    errno = EINVAL;
    if (argc != 5) fail("usage: mount_root DATA ID TEMPLATE FIRST-ID");
    const auto base = static_cast<std::uint32_t>(std::stoul(argv[4]));
    const std::string staging = std::string(argv[1]) + "/staging";
    if (mkdir(staging.c_str(), 0755) != 0 && errno != EEXIST) fail("mkdir " + staging);
    mount_at_rootfs(argv[1], argv[2], argv[3], make_user_namespace(base), base);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "mount_root: " << error.what() << '\n';
    return 1;
  }
}
