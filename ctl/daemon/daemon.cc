#include "ctl/daemon/daemon.h"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "ctl/api/server.h"
#include "ctl/daemon/directories.h"
#include "ctl/daemon/journal.h"
#include "ctl/daemon/options.h"
#include "ctl/daemon/service.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::Fd;

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

const char* from_environment(const char* name) {
  return std::getenv(name);
}

// Beside croftd, or where the installation puts it.
std::string find_keeper() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  const std::string program(path.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  const std::string beside = program.substr(0, program.find_last_of('/') + 1) + "croft-keeper";
  return runtime::exists(beside) ? beside : CROFT_KEEPER_PATH;
}

// Threads come and go; an arena for each would keep what they freed.
void prepare_process() {
  mallopt(M_ARENA_MAX, 2);
  signal(SIGPIPE, SIG_IGN);
  umask(0022);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  // Where this is not possible, running out of descriptors is reported when it happens.
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &files));
}

ServerOptions server_options(const DaemonOptions& options, std::optional<Fd> passed, Journal& journal,
                             const ServiceManager& manager) {
  ServerOptions server;
  if (passed)
    server.listen_socket = std::move(*passed);
  else
    server.socket_path = options.engine.run + "/api.sock";
  server.group = options.socket_group;
  server.allow_faults = options.engine.allow_faults;
  server.stop_on_signals = true;
  server.log = [&journal](const LogRecord& record) { journal.write(record); };
  server.on_ready = [&manager] { manager.notify("READY=1"); };
  server.on_stopping = [&manager] { manager.notify("STOPPING=1"); };
  server.on_tick = [&manager] { manager.notify("WATCHDOG=1"); };
  server.tick = std::chrono::duration_cast<std::chrono::milliseconds>(manager.watchdog()) / 2;
  return server;
}

void serve(const DaemonOptions& options, Journal& journal, const ServiceManager& manager) {
  std::optional<Fd> passed = passed_socket();
  prepare_directories(options.engine.data, options.engine.run);
  const Fd data_lock = lock_directory(options.engine.data);
  const Fd run_lock = lock_directory(options.engine.run);
  manager.notify("STATUS=Bringing containers in line with the registry");
  const std::unique_ptr<Backend> engine = make_engine(options.engine);
  Server server(*engine, server_options(options, std::move(passed), journal, manager));
  manager.notify("STATUS=Serving");
  if (server.run()) return;
  journal.write({LogRecord::Level::kWarning,
                 "stopped before everything had finished; the next start recovers it", "", "", "", 0});
  _exit(0);
}

}  // namespace

int run_daemon(int argc, char** argv) {
  Journal journal(std::getenv("JOURNAL_STREAM"), STDERR_FILENO);
  DaemonOptions options;
  try {
    options = parse_daemon_options({argv + 1, argv + argc}, find_keeper());
  } catch (const Error& error) {
    std::fprintf(stderr, "croftd: %s\n", error.what());
    return kExitUsage;
  }
  if (options.help || options.version) {
    const std::string text = options.help ? std::string(daemon_usage()) : "croftd " CROFT_VERSION "\n";
    return std::fputs(text.c_str(), stdout) < 0 ? kExitFailed : 0;
  }
  prepare_process();
  const ServiceManager manager(from_environment);
  try {
    if (geteuid() != 0)
      throw Error(runtime::ErrorKind::kRefused, "croftd has to be run by root")
          .cure("as in `sudo croftd`, or by `systemctl start croftd`");
    serve(options, journal, manager);
    return 0;
  } catch (const Error& error) {
    journal.write(
        {LogRecord::Level::kError, error.what(), "", "", std::string(runtime::code_of(error.kind())), 0});
  } catch (const std::exception& error) {
    journal.write(
        {LogRecord::Level::kError, std::string("internal error: ") + error.what(), "", "", "system", 0});
  }
  return kExitFailed;
}

}  // namespace croft::ctl
