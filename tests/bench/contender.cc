#include "tests/bench/contender.h"

#include <signal.h>

#include <iostream>

namespace croft::bench {
namespace {

volatile sig_atomic_t stopping = 0;
void stop(int) {
  stopping = 1;
}

}  // namespace

int serve(const std::function<std::string()>& once) {
  struct sigaction action {};  // without SA_RESTART: a blocked read of standard input ends
  action.sa_handler = stop;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaction(signal, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  for (long count = 0; stopping == 0 && std::cin >> count;)
    for (long i = 0; i < count && stopping == 0 && std::cout; ++i) std::cout << once() << std::endl;
  return stopping == 0 ? 0 : 130;
}

}  // namespace croft::bench
