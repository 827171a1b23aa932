#include "ctl/daemon/options.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::FieldError;

// Each gives what is wrong with a value, or nothing.
using Check = std::string (*)(const std::string& value);

std::string check_path(const std::string& value) {
  if (!value.starts_with('/')) return "must be an absolute path";
  if (value.find('\n') != std::string::npos) return "must not have a line break";
  return "";
}

std::string check_keeper(const std::string& value) {
  return value.empty() ? "" : check_path(value);
}

// One or more cgroup names below the mounts: no "." or "..", nothing absolute.
std::string check_cgroup(const std::string& value) {
  std::string_view rest = value;
  for (;;) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part.empty() || part.starts_with('.') || part.find('\n') != std::string_view::npos)
      return "must be cgroup names joined by `/`, as in `croft.slice`";
    if (part.size() == rest.size()) return "";
    rest.remove_prefix(part.size() + 1);
  }
}

std::string check_group(const std::string& value) {
  const bool good =
      !value.empty() && value.size() <= 32 && std::all_of(value.begin(), value.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
      });
  return good ? "" : "must be the name of a group";
}

std::string check_root_mode(const std::string& value) {
  return value == "auto" || value == "shifted" ? "" : "must be `auto` or `shifted`";
}

// Seconds of which a day has a whole number of.
std::string check_seconds(const std::string& value) {
  unsigned seconds = 0;
  const char* end = value.data() + value.size();
  const auto [stopped, failure] = std::from_chars(value.data(), end, seconds);
  if (failure != std::errc() || stopped != end || seconds == 0 || seconds > 3600 || 86400 % seconds != 0)
    return "must be a number of seconds from 1 to 3600 that divides a day";
  return "";
}

// ADDRESS/PREFIX with no bits beyond the prefix.
std::string check_network(int family, unsigned bits, const std::string& value) {
  std::string wrong = family == AF_INET ? "must be an IPv4 network, as in `10.207.0.0/16`"
                                        : "must be an IPv6 network, as in `fd63:726f:6674::/64`";
  const std::size_t slash = value.find('/');
  if (slash == std::string::npos) return wrong;
  std::array<unsigned char, 16> address{};
  unsigned prefix = 0;
  const char* end = value.data() + value.size();
  const auto [stopped, failure] = std::from_chars(value.data() + slash + 1, end, prefix);
  if (inet_pton(family, value.substr(0, slash).c_str(), address.data()) != 1 || failure != std::errc() ||
      stopped != end || prefix < 8 || prefix > bits - 2)
    return wrong;
  for (unsigned bit = prefix; bit < bits; ++bit)
    if ((address[bit / 8] & (0x80U >> (bit % 8))) != 0) return "has bits beyond its prefix";
  return "";
}

std::string check_net4(const std::string& value) {
  return check_network(AF_INET, 32, value);
}
std::string check_net6(const std::string& value) {
  return check_network(AF_INET6, 128, value);
}

struct ValueOption {
  std::string_view name;
  std::string& target;
  Check check;
};

struct FlagOption {
  std::string_view name;
  bool& target;
};

// "--data=DIR" and "--data DIR" both; moves `at` over what it used.
bool take_value(const std::vector<std::string>& arguments, std::size_t& at, const ValueOption& option,
                std::vector<FieldError>& wrong) {
  const std::string& argument = arguments[at];
  const std::string prefix = std::string(option.name) + "=";
  std::string value;
  if (argument.starts_with(prefix)) {
    value = argument.substr(prefix.size());
  } else if (argument != option.name) {
    return false;
  } else if (at + 1 == arguments.size()) {
    wrong.push_back({argument, "needs a value"});
    return true;
  } else {
    value = arguments[++at];
  }
  if (std::string complaint = option.check(value); !complaint.empty())
    wrong.push_back({std::string(option.name), std::move(complaint)});
  option.target = std::move(value);
  return true;
}

}  // namespace

std::string_view daemon_usage() {
  return "usage: croftd [OPTION...]\n"
         "\n"
         "Control daemon of Croft: serves the API on RUN/api.sock, brings containers in line with the "
         "registry\n"
         "when it starts, and may be stopped, killed and upgraded while they run. See croftd(8).\n"
         "\n"
         "  --data DIR           registry, templates and containers (default /var/lib/croft)\n"
         "  --run DIR            sockets and run-time facts (default /run/croft)\n"
         "  --plans DIR          resource plans, files NAME.plan (default /etc/croft/plans.d)\n"
         "  --tariffs DIR        price lists, files TARIFF-VERSION.json (default /etc/croft/tariffs.d)\n"
         "  --accounts DIR       who pays, files TENANT.json (default /etc/croft/accounts.d)\n"
         "  --hooks DIR          programs that thresholds may run (default /etc/croft/hooks.d)\n"
         "  --cgroup-root NAME   cgroup that holds all containers (default croft.slice)\n"
         "  --keeper PATH        keeper to start when none answers (default the installed one; empty: start "
         "none)\n"
         "  --socket-group NAME  group that may use the API besides root (default croft)\n"
         "  --root-mode MODE     auto, or shifted: never use id-mapped mounts (default auto)\n"
         "  --net4 CIDR          IPv4 of the pool default (otherwise 10.207.0.0/16)\n"
         "  --net6 CIDR          IPv6 of the pool default (otherwise fd63:726f:6674::/64)\n"
         "  --ledger-sample S    seconds between two looks at what containers hold (default 10)\n"
         "  --ledger-interval S  seconds that a record of the ledger is of (default 300)\n"
         "  --allow-faults       obey X-Croft-Fail-At in requests; for tests only\n"
         "  --help               this text\n"
         "  --version            print the version\n"
         "\n"
         "example: croftd --data /srv/croft --socket-group staff\n";
}

DaemonOptions parse_daemon_options(const std::vector<std::string>& arguments,
                                   const std::string& default_keeper) {
  DaemonOptions options;
  options.engine.keeper_path = default_keeper;
  std::string sample = "10";
  std::string interval = "300";
  const std::array values = {ValueOption{"--data", options.engine.data, check_path},
                             ValueOption{"--run", options.engine.run, check_path},
                             ValueOption{"--plans", options.engine.plans, check_path},
                             ValueOption{"--tariffs", options.engine.tariffs, check_path},
                             ValueOption{"--accounts", options.engine.accounts, check_path},
                             ValueOption{"--hooks", options.engine.hooks, check_path},
                             ValueOption{"--cgroup-root", options.engine.cgroup_root, check_cgroup},
                             ValueOption{"--keeper", options.engine.keeper_path, check_keeper},
                             ValueOption{"--socket-group", options.socket_group, check_group},
                             ValueOption{"--root-mode", options.engine.root_mode, check_root_mode},
                             ValueOption{"--net4", options.engine.net4, check_net4},
                             ValueOption{"--net6", options.engine.net6, check_net6},
                             ValueOption{"--ledger-sample", sample, check_seconds},
                             ValueOption{"--ledger-interval", interval, check_seconds}};
  const std::array flags = {FlagOption{"--allow-faults", options.engine.allow_faults},
                            FlagOption{"--help", options.help}, FlagOption{"--version", options.version}};
  std::vector<FieldError> wrong;
  std::set<std::string> seen;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string name = arguments[at].substr(0, arguments[at].find('='));
    if (!seen.insert(name).second) wrong.push_back({name, "is given twice"});
    const auto flag = std::find_if(flags.begin(), flags.end(),
                                   [&](const FlagOption& option) { return option.name == arguments[at]; });
    if (flag != flags.end()) {
      flag->target = true;
      continue;
    }
    const bool taken = std::any_of(values.begin(), values.end(), [&](const ValueOption& option) {
      return take_value(arguments, at, option, wrong);
    });
    if (!taken) wrong.push_back({arguments[at], "is not an option of croftd (see croftd --help)"});
  }
  if (!wrong.empty()) throw Error(std::move(wrong));
  options.engine.ledger_sample = std::chrono::seconds(std::stoi(sample));
  options.engine.ledger_interval = std::chrono::seconds(std::stoi(interval));
  options.engine.keeper_program =
      options.engine.keeper_path.empty() ? default_keeper : options.engine.keeper_path;
  return options;
}

}  // namespace croft::ctl
