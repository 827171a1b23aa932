// One cycle of Croft as its operator's program would do it: over one kept connection to the daemon, a
// container with a command for its init is created, started, waited for and destroyed.
//
// usage: cycle_croft --socket PATH --template NAME [--name PREFIX]
// Input and output: tests/bench/contender.h. `start_us` is from the first request to the answer that it has
// started.
#include <unistd.h>

#include <iostream>
#include <sstream>

#include "ctl/client/client.h"
#include "tests/bench/contender.h"
#include "tests/bench/floor/marks.h"

namespace croft::bench {
namespace {

using ctl::Client;
using ctl::Json;

struct Croft {
  Client client;
  std::string template_name;
  std::string prefix;
  unsigned number = 0;
};

// The same limits as the floor's and the peers', and as little of a terminal.
Json create_body(const Croft& croft, const std::string& name) {
  return {{"name", name},
          {"tenant", "default"},
          {"spec",
           {{"template", croft.template_name},
            {"init", "command"},
            {"command", {"/bin/true"}},
            {"pty", false},
            {"memory", {{"limit", 1 << 30}}},
            {"cpu", {{"limit", 2000}}},
            {"tasks", {{"limit", 4096}}}}}};
}

std::string path_of(const std::string& name, const std::string& verb, const std::string& query) {
  return "/v1/containers/" + name + verb + "?tenant=default" + query;
}

// Also after a failed cycle: nothing of it is left for the next one.
struct Sweep {
  Croft& croft;
  const std::string& name;
  bool destroyed = false;
  ~Sweep() {
    if (destroyed) return;
    try {
      croft.client.request("DELETE", path_of(name, "", "&force=1&wait=30"));
    } catch (const std::exception& error) {
      std::cerr << "cycle_croft: " << error.what() << '\n';
    }
  }
};

void must_have_ended(const Json& container) {
  const Json exit = container.value("last_exit", Json());
  if (!exit.is_object() || exit.value("kind", "") != "exited" || exit.value("status", -1) != 0) {
    throw std::runtime_error("the command did not end well: " + exit.dump());
  }
}

std::string cycle(Croft& croft) {
  const std::string name =
      croft.prefix + "-" + std::to_string(getpid()) + "-" + std::to_string(++croft.number);
  Sweep sweep{croft, name};
  const std::uint64_t begun = now_ns();
  croft.client.call("POST", "/v1/containers", create_body(croft, name));
  const std::uint64_t created = now_ns();
  croft.client.call("POST", path_of(name, "/start", "&wait=30"));
  const std::uint64_t started = now_ns();
  const Json ended = croft.client.call("GET", path_of(name, "/wait", "&for=stopped&timeout=30"));
  const std::uint64_t stopped = now_ns();
  croft.client.call("DELETE", path_of(name, "", "&wait=30"));
  sweep.destroyed = true;
  const std::uint64_t destroyed = now_ns();
  must_have_ended(ended);
  auto us = [](std::uint64_t from, std::uint64_t to) { return static_cast<double>(to - from) / 1e3; };
  return Json{{"cycle_us", us(begun, destroyed)},
              {"start_us", us(begun, started)},
              {"parent",
               {{"create", us(begun, created)},
                {"start", us(created, started)},
                {"wait", us(started, stopped)},
                {"destroy", us(stopped, destroyed)}}}}
      .dump();
}

int run(int argc, char** argv) {
  std::string socket;
  std::string name;
  std::string prefix = "bench";
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    if (key == "--socket") socket = argv[i + 1];
    if (key == "--template") name = argv[i + 1];
    if (key == "--name") prefix = argv[i + 1];
  }
  if (socket.empty() || name.empty()) throw std::runtime_error("usage: see the head of cycle_croft.cc");
  Croft croft{Client(socket, 60), name, prefix};
  return serve([&] { return cycle(croft); });
}

}  // namespace
}  // namespace croft::bench

int main(int argc, char** argv) {
  try {
    return croft::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "cycle_croft: " << error.what() << '\n';
    return 1;
  }
}
