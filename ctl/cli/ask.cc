#include "ctl/cli/ask.h"

#include <unistd.h>

#include <ostream>

#include "ctl/cli/text.h"

namespace croft::ctl {

bool can_ask(const Invocation& call) {
  return is_terminal(call.stdio.in) && call.screen.err_terminal;
}

bool ask(const Invocation& call, const std::string& question) {
  call.screen.out << std::flush;
  call.screen.err << visible(question) << " [y/N] " << std::flush;
  std::string answer;
  char letter = 0;
  while (read(call.stdio.in, &letter, 1) == 1 && letter != '\n') answer += letter;
  return answer == "y" || answer == "yes";
}

bool agreed(const Invocation& call, const std::string& what) {
  if (call.arguments.has("yes")) return true;
  if (can_ask(call)) return ask(call, what + ". Go on?");
  throw runtime::Error(runtime::ErrorKind::kRefused, what).cure("say --yes if that is meant");
}

}  // namespace croft::ctl
