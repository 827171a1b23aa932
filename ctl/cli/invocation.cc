#include "ctl/cli/invocation.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <ostream>

namespace croft::ctl {
namespace {

std::string first_set(const std::string& given, const Environment& environment, const char* name,
                      const char* fallback) {
  if (!given.empty()) return given;
  const auto found = environment.find(name);
  return found == environment.end() || found->second.empty() ? fallback : found->second;
}

}  // namespace

std::string Invocation::socket_path() const {
  return first_set(arguments.value("socket"), environment, "CROFT_SOCKET", "/run/croft/api.sock");
}

std::string Invocation::tenant() const {
  return first_set(arguments.value("tenant"), environment, "CROFT_TENANT", "default");
}

void print_json(Screen& screen, const Json& value) {
  // Text from containers may hold control characters: on a terminal everything outside ASCII is escaped.
  const bool terminal = screen.out_terminal;
  screen.out << value.dump(terminal ? 2 : -1, ' ', terminal, Json::error_handler_t::replace) << '\n';
}

bool is_terminal(int fd) {
  return isatty(fd) == 1;
}

std::size_t terminal_width(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace croft::ctl
