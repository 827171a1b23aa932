// A device of the host that a container may use: "net/tun", "/dev/dri:rw", "disk/by-id/x:r".
#pragma once

#include <string>
#include <string_view>

namespace croft::ctl {

struct Device {
  std::string path;  // below /dev, there and inside; a directory stands for all devices in it
  bool read = true;
  bool write = true;
  bool make = false;  // mknod(2), which a user namespace refuses all the same
  bool operator==(const Device& other) const { return path == other.path; }
};

// Without a mode it is rw. Throws Error kInvalid: no path below /dev, one that every container has anyway, or
// a mode that has other letters than r, w and m.
Device parse_device(std::string_view text);
std::string to_text(const Device& device);  // "/dev/net/tun:rw"

}  // namespace croft::ctl
