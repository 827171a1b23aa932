#include "tests/bench/contender.h"

#include <signal.h>

#include <chrono>
#include <iostream>
#include <thread>

namespace croft::bench {
namespace {

volatile sig_atomic_t stopping = 0;
void stop(int) {
  stopping = 1;
}

// What a cycle leaves to be done later (the kernel ends net namespaces by itself, who has set files aside
// removes them) is not to fall into the next one.
constexpr auto kSettle = std::chrono::milliseconds(20);

std::string settled(const std::function<std::string()>& once) {
  std::this_thread::sleep_for(kSettle);
  return once();
}

}  // namespace

int serve(const std::function<std::string()>& once) {
  struct sigaction action {};  // without SA_RESTART: a blocked read of standard input ends
  action.sa_handler = stop;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaction(signal, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  for (long count = 0; stopping == 0 && std::cin >> count;)
    for (long i = 0; i < count && stopping == 0 && std::cout; ++i) std::cout << settled(once) << std::endl;
  return stopping == 0 ? 0 : 130;
}

}  // namespace croft::bench
