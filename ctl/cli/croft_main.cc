// The croft program.
#include <unistd.h>

#include <iostream>

#include "ctl/cli/dispatch.h"

int main(int argc, char** argv) {
  using namespace croft::ctl;  // NOLINT(google-build-using-namespace): the whole of main is about it
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  const bool terminal = is_terminal(STDOUT_FILENO);
  const auto plain = environment.find("NO_COLOR");
  const bool no_colour = plain != environment.end() && !plain->second.empty();
  const auto term = environment.find("TERM");
  const bool dumb = term == environment.end() || term->second == "dumb";
  std::ios::sync_with_stdio(false);
  Screen screen{.out = std::cout,
                .err = std::cerr,
                .out_terminal = terminal,
                .err_terminal = is_terminal(STDERR_FILENO),
                .colour = terminal && !no_colour && !dumb,
                .width = terminal_width(STDERR_FILENO)};
  const std::vector<std::string> words(argv + 1, argv + argc);
  return run_croft(words, screen, {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}, environment);
}
