// What the daemon says of a running container, where the view can read it: a file of one line,
// RUN/view.d/UUID, overwritten in place. Bounds that the governor moves within, what tenants allow, and how
// many CPUs are to be seen do not follow from the cgroup.
#pragma once

#include <string>
#include <string_view>

#include "fs/view/sample.h"

namespace croft::view {

inline constexpr std::size_t kNoteSize = 192;

// Always kNoteSize bytes, so that a shorter text never ends in an older one's.
std::string to_text(const Bounds& bounds);
// False, and `bounds` left as it is, for anything but one whole note.
bool parse_note(std::string_view text, Bounds& bounds);

}  // namespace croft::view
