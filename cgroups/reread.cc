#include "cgroups/reread.h"

#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace croft::cgroups {

Micros boot_time() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return {static_cast<std::uint64_t>(time.tv_sec) * 1000000 +
          static_cast<std::uint64_t>(time.tv_nsec) / 1000};
}

std::string_view Text::read(const runtime::Fd& file, int& error) {
  const ssize_t got = pread(file.get(), buffer_.data(), buffer_.size(), 0);
  error = got < 0 ? errno : 0;
  if (got <= 0) return {};
  const std::string_view text(buffer_.data(), static_cast<std::size_t>(got));
  return text.size() < buffer_.size() ? text : text.substr(0, text.rfind('\n') + 1);
}

}  // namespace croft::cgroups
