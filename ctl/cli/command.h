// A command of the croft program as data: one row holds everything that --help, the man page, completion, the
// parser and the dispatcher know about it. Each file in commands/ makes one row; table.cc lists them.
#pragma once

#include <string_view>
#include <vector>

namespace croft::ctl {

struct Invocation;

struct Option {
  std::string_view flags;  // "-T,--timeout"; the long name is what Arguments calls it
  std::string_view value;  // what it takes ("TIME"), empty for a switch
  std::string_view help;   // one sentence without full stop
  bool repeated = false;
};

struct Example {
  std::string_view line;
  std::string_view says;
};

// What an operand names, for completion.
enum class Names {
  kNothing,
  kContainers,
  kTemplates,
  kTenants,
  kPlans,
  kTariffs,
  kPools,
  kDiskPools,
  kClasses,
  kOperations,
  kWebhooks,
  kCommands,
  kSettings,
  kHostSettings,
  kShells,
  kFiles,
  kFilesInside,  // CONTAINER:PATH or a file
};

inline constexpr int kAnyNumber = -1;

struct Command {
  std::string_view name{};                  // "stop"; of a group "template import"
  std::vector<std::string_view> aliases{};  // other words for the last part of the name
  std::string_view summary{};               // at most kSummaryWidth columns, for the overview
  std::string_view operands{};              // "CONTAINER...", as the usage line shows it
  int least = 0;                            // number of operands
  int most = 0;                             // or kAnyNumber
  Names names = Names::kNothing;
  bool chooses = false;        // containers can be chosen by -l and --state too, in place of operands
  bool in_parallel = false;    // works on several things at once: --parallel and --fail-fast
  bool takes_command = false;  // what follows `--`, or the last operand, is a command line of its own
  bool passes_status =
      false;  // the exit status is that of a command inside, so that croft's own failures are 125
  std::string_view description{};
  std::vector<Option> options{};
  std::vector<Example> examples{};
  int (*run)(Invocation&) = nullptr;
};

inline constexpr std::size_t kSummaryWidth = 26;

// Options that mean the same everywhere. kHelp and kSocket are added to every row by the table, kLabel and
// kState to those that choose, kParallel and kFailFast to those that work in parallel.
inline constexpr Option kHelp{"-h,--help", "", "Print this help"};
inline constexpr Option kSocket{
    "--socket", "PATH", "Socket of the daemon; otherwise $CROFT_SOCKET, otherwise /run/croft/api.sock"};
inline constexpr Option kLabel{"-l,--label", "KEY[=VALUE]",
                               "Only containers with this label; in place of operands, all that have it",
                               true};
inline constexpr Option kState{"--state", "STATE,...", "Only containers in one of these states"};
inline constexpr Option kParallel{"--parallel", "N",
                                  "Work on at most N at a time, from 1 to 64; 8 unless said"};
inline constexpr Option kFailFast{"--fail-fast", "", "Begin nothing further once one has failed"};
inline constexpr Option kJson{"-j,--json", "", "Print JSON with exact values instead of text"};
inline constexpr Option kQuiet{"-q,--quiet", "", "Print names or ids only, and no progress"};
inline constexpr Option kDryRun{"--dry-run", "", "Print the list of changes and make none"};
inline constexpr Option kUnasked{"-y,--yes", "", "Do not ask"};
inline constexpr Option kTenant{"-t,--tenant", "TENANT",
                                "Tenant of names without one; otherwise $CROFT_TENANT, otherwise `default`"};

}  // namespace croft::ctl
