#include "ctl/lifecycle/time.h"

#include <array>
#include <ctime>

namespace croft::ctl {
namespace {

std::string calendar(std::time_t seconds) {
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return text.data();
}

}  // namespace

std::string now_text() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::string micros = std::to_string(now.tv_nsec / 1000);
  micros.insert(0, 6 - micros.size(), '0');
  return calendar(now.tv_sec) + "." + micros + "Z";
}

std::string time_text(std::int64_t seconds) {
  return calendar(seconds) + "Z";
}

std::int64_t seconds_of(const std::string& text) {
  std::tm parts{};
  return strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr ? 0 : timegm(&parts);
}

}  // namespace croft::ctl
