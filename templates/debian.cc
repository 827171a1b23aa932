#include "templates/debian.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <sstream>

#include "runtime/error.h"
#include "runtime/program.h"
#include "templates/archive.h"
#include "templates/assemble.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

// Files that the installation writes get this time (2026-01-01), and so does what is newer: the same packages
// then make the same layer on any day. Files of packages keep their own, older times.
constexpr const char* kEpoch = "1767225600";

// The smallest set with which systemd ends in state "running" without a failed unit, and in which an operator
// finds ip, ps and ping. login and passwd come with minbase.
constexpr std::array kPackages{"systemd", "systemd-sysv", "dbus", "iproute2", "procps", "iputils-ping"};

// What mmdebstrap takes over from the building host, and its own apt settings.
constexpr const char* kTidy =
    R"(rm -f "$1/etc/hostname" "$1/etc/resolv.conf" "$1/etc/apt/apt.conf.d/99mmdebstrap")";

// They would mount file systems of the host's kernel, which no user namespace may; systemd would count that
// as a failure.
constexpr const char* kMask = R"(ln -s /dev/null "$1/etc/systemd/system/sys-kernel-debug.mount"; )"
                              R"(ln -s /dev/null "$1/etc/systemd/system/sys-kernel-tracing.mount")";

constexpr std::size_t kTailLines = 12;
constexpr std::size_t kMaxLine = 400;

std::string environment_value(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? std::string() : value;
}

// What apt says of this host; empty where it is not there or fails, since all of it can be done without.
std::string apt_answer(std::vector<std::string> argv, const std::string& search_path) {
  argv.at(0) = runtime::find_program(argv[0], search_path);
  if (argv[0].empty()) return {};
  try {
    return runtime::output_of(argv, {"PATH=" + search_path, "LC_ALL=C.UTF-8"});
  } catch (const Error&) {
    return {};
  }
}

// apt's proxy on this host, since mmdebstrap's apt does not read this host's configuration.
std::vector<std::string> environment_of(const BuildRequest& request, const std::string& work) {
  std::vector<std::string> environment{
      "PATH=" + request.search_path,    "HOME=/root",     "LC_ALL=C.UTF-8",
      "DEBIAN_FRONTEND=noninteractive", "TMPDIR=" + work, std::string("SOURCE_DATE_EPOCH=") + kEpoch};
  for (const char* name : {"http_proxy", "https_proxy", "no_proxy"}) {
    std::string value = environment_value(name);
    if (value.empty() && name == std::string_view("http_proxy")) {
      value =
          apt_answer({"apt-config", "dump", "--format", "%v%n", "Acquire::http::Proxy"}, request.search_path);
      value = value.substr(0, value.find('\n'));
    }
    if (!value.empty()) environment.push_back(std::string(name) + "=" + value);
  }
  return environment;
}

bool consists_of(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos;
  });
}

void check_mirror(const std::string& mirror) {
  const bool known = mirror.starts_with("http://") || mirror.starts_with("https://") ||
                     mirror.starts_with("file:/") || mirror.starts_with("copy:/");
  if (!known || !consists_of(mirror, "ABCDEFGHIJKLMNOPQRSTUVWXYZ:/._~%@+-"))
    throw Error(ErrorKind::kInvalid, "`" + mirror + "` is not the address of a package mirror")
        .cure("give one that begins with http://, https://, file:/ or copy:/");
}

// A directory for mmdebstrap's own work; swept with D/tmp if we do not come to remove it.
class WorkDirectory {
 public:
  explicit WorkDirectory(const std::string& data) : path_(data + "/tmp/build-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr)
      runtime::fail_errno("cannot make a directory in `" + data + "/tmp`");
    for (const char* name : {"/lower", "/upper", "/work", "/merged"})
      runtime::make_directories(path_ + name, 0755);
  }
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;
  ~WorkDirectory() {
    try {
      runtime::remove_tree(path_);
    } catch (const Error&) {
      return;  // swept at the next start
    }
  }
  [[nodiscard]] std::string path() const { return path_ + "/merged"; }
  [[nodiscard]] runtime::VolatileMount mount() const {
    return {path(),
            "lowerdir=" + path_ + "/lower,upperdir=" + path_ + "/upper,workdir=" + path_ + "/work,volatile"};
  }

 private:
  std::string path_;
};

// mmdebstrap's standard error: progress while it comes, the last lines when it failed.
class Log {
 public:
  Log(const Fd& fd, const Control& control) : fd_(fd), control_(control) {}

  // Takes what is there without waiting.
  void drain() {
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t got = read(fd_.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return;
      for (ssize_t i = 0; i < got; ++i) take(buffer[static_cast<std::size_t>(i)]);
    }
  }
  [[nodiscard]] std::string tail() const {
    std::string text;
    for (const std::string& line : lines_) text += "\n  " + line;
    return text;
  }
  // apt says so in many ways.
  [[nodiscard]] bool is_about_the_mirror() const {
    const std::string text = tail();
    const auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
    return says("resolving") || says("Could not connect") || says("Unable to connect") ||
           says("Failed to fetch") || says("timed out") || says("Could not resolve") ||
           says("Connection failed") || says("does not have a Release");
  }

 private:
  void take(char c) {
    if (c != '\n' && c != '\r') {
      if (line_.size() < kMaxLine) line_ += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
      return;
    }
    if (line_.empty()) return;
    const Progress progress = mmdebstrap_progress(line_);
    if (!progress.what.empty() && control_.progress) control_.progress(progress);
    lines_.push_back(std::move(line_));
    line_.clear();
    if (lines_.size() > kTailLines) lines_.pop_front();
  }

  const Fd& fd_;
  const Control& control_;
  std::string line_;
  std::deque<std::string> lines_;
};

// Reads the padding behind the archive, so that its writer can end, until both pipes are closed.
void drain_to_end(const runtime::Program& program, Log& log, const Control& control) {
  constexpr int kPollMs = 200;
  std::array<char, 65536> buffer{};
  for (;;) {
    log.drain();
    if (control.cancelled != nullptr && *control.cancelled) throw Error(ErrorKind::kConflict, "cancelled");
    pollfd ready{program.output().get(), POLLIN, 0};
    if (poll(&ready, 1, kPollMs) <= 0) continue;
    const ssize_t got = read(program.output().get(), buffer.data(), buffer.size());
    if (got == 0 || (got < 0 && errno != EINTR)) return;
  }
}

void check_status(runtime::Program& program, Log& log) {
  const int status = program.wait();
  log.drain();
  if (status == 0) return;
  const bool mirror = log.is_about_the_mirror();
  Error error(mirror ? ErrorKind::kUnavailable : ErrorKind::kSystem,
              std::string(mirror ? "no package mirror answers" : "mmdebstrap failed") + " (status " +
                  std::to_string(status) + "); it said last:" + log.tail());
  throw error;
}

void run(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
         const runtime::VolatileMount& scratch, const Control& control, Unpacker& unpacker, Report& report) {
  runtime::Program program(argv, environment, scratch);
  Log log(program.errors(), control);
  bool complete = false;
  try {
    read_archive(program.output(), control, report, unpacker, [&] { log.drain(); });
    complete = true;
  } catch (const Error& error) {
    // An archive that ends early is mmdebstrap's failure, and its own words say more than ours.
    if (error.kind() != ErrorKind::kInvalid) throw;
    drain_to_end(program, log, control);
    check_status(program, log);
    throw;
  }
  if (complete) {
    drain_to_end(program, log, control);
    check_status(program, log);
  }
}

}  // namespace

std::vector<AptSource> debian_sources(const std::string& index_targets, const std::string& suite) {
  std::vector<AptSource> sources;
  bool main_suite = false;
  const std::array wanted{suite, suite + "-updates", suite + "-security"};
  std::istringstream lines(index_targets);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string uri;
    std::string release;
    std::string component;
    std::string origin;
    words >> uri >> release >> component >> origin;
    if (origin != "Debian" || component != "main") continue;
    if (std::find(wanted.begin(), wanted.end(), release) == wanted.end()) continue;
    AptSource source = "deb " + uri + " " + release + " " + component;
    if (std::find(sources.begin(), sources.end(), source) != sources.end()) continue;
    main_suite = main_suite || release == suite;
    sources.push_back(std::move(source));
  }
  return main_suite ? sources : std::vector<AptSource>();
}

std::vector<std::string> mmdebstrap_arguments(const std::string& program, const std::string& suite,
                                              const std::vector<AptSource>& sources,
                                              const BuildRequest& request) {
  std::string packages;
  for (const char* package : kPackages) packages += (packages.empty() ? "" : ",") + std::string(package);
  for (const std::string& package : request.packages) {
    if (!consists_of(package, "+.-") || package.front() == '-' || package.front() == '+')
      throw Error(ErrorKind::kInvalid, "`" + package + "` is not the name of a package");
    packages += "," + package;
  }
  std::vector<std::string> argv{program,
                                "--mode=root",
                                "--format=tar",
                                "--variant=minbase",
                                "--include=" + packages,
                                "--aptopt=Acquire::http::Timeout \"20\"",
                                "--aptopt=Acquire::Retries \"1\"",
                                std::string("--customize-hook=") + kTidy,
                                std::string("--customize-hook=") + kMask,
                                "--",
                                suite,
                                "-"};
  if (!request.mirror.empty()) {
    check_mirror(request.mirror);
    argv.push_back(request.mirror);
  } else {
    argv.insert(argv.end(), sources.begin(), sources.end());
  }
  return argv;
}

Progress mmdebstrap_progress(const std::string& line) {
  struct Stage {
    const char* begins;
    const char* what;
    int percent;
  };
  static constexpr std::array<Stage, 7> kStages{{
      {"I: running apt-get update", "reading package lists", 2},
      {"I: downloading packages", "downloading packages", 10},
      {"I: extracting archives", "extracting packages", 25},
      {"I: installing essential packages", "installing essential packages", 35},
      {"I: installing remaining packages", "installing packages", 50},
      {"I: cleaning package lists", "cleaning up", 85},
      {"I: creating tarball", "storing the layer", 88},
  }};
  Progress progress;
  for (const Stage& stage : kStages)
    if (line.starts_with(stage.begins)) {
      progress.what = stage.what;
      progress.percent = stage.percent;
    }
  return progress;
}

Build prepare_debian(Store& store, const std::string& name, const std::string& suite,
                     const BuildRequest& request) {
  const std::string program = runtime::find_program("mmdebstrap", request.search_path);
  if (program.empty())
    throw Error(ErrorKind::kUnsupported, "the program mmdebstrap is not installed")
        .cure("install it: apt-get install mmdebstrap");
  std::vector<AptSource> sources;
  if (request.mirror.empty())
    sources =
        debian_sources(apt_answer({"apt-get", "indextargets", "--format",
                                   "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)", "Created-By: Packages"},
                                  request.search_path),
                       suite);
  const std::vector<std::string> argv = mmdebstrap_arguments(program, suite, sources, request);
  return [&store, name, request, argv](const Control& control) {
    const WorkDirectory work(store.directory());
    const std::vector<std::string> environment = environment_of(request, work.path());
    return assemble(store, name, control, [&](Unpacker& unpacker, Report& report) {
      run(argv, environment, work.mount(), control, unpacker, report);
    });
  };
}

}  // namespace croft::templates
