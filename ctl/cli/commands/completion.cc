#include <ostream>
#include <string_view>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/invocation.h"

namespace croft::ctl {
namespace {

// The scripts know nothing of croft: they hand the words typed so far to `croft __complete`.
constexpr std::string_view kBash = R"sh(# bash completion for croft
_croft() {
  local IFS=$'\n' words=() word i
  # bash takes KEY=VALUE and NAME:PATH apart where "=" and ":" are among its word breaks; then it completes what
  # comes behind alone.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((i > 1)) && [[ $word == [=:] || ${COMP_WORDS[i-1]} == [=:] ]]; then words[-1]+=$word; else words+=("$word"); fi
  done
  COMPREPLY=($(croft __complete -- "${words[@]}" 2>/dev/null))
  [[ ${words[-1]} == *=* && $COMP_WORDBREAKS == *=* ]] && COMPREPLY=("${COMPREPLY[@]#"${words[-1]%%=*}="}")
  [[ ${words[-1]} == *:* && $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"${words[-1]%%:*}:"}")
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace
  return 0
}
complete -o default -F _croft croft
)sh";

constexpr std::string_view kZsh = R"sh(#compdef croft
_croft() {
  local -a found
  found=(${(f)"$(croft __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( ${#found} )); then compadd -- $found; else _files; fi
}
compdef _croft croft
)sh";

constexpr std::string_view kFish = R"sh(# fish completion for croft
function __croft_complete
  set -l words (commandline -opc) (commandline -ct)
  croft __complete -- $words[2..-1] 2>/dev/null
end
complete -c croft -a '(__croft_complete)'
)sh";

int run(Invocation& call) {
  const std::string& shell = call.operand(0);
  if (shell == "bash") {
    call.screen.out << kBash;
  } else if (shell == "zsh") {
    call.screen.out << kZsh;
  } else if (shell == "fish") {
    call.screen.out << kFish;
  } else {
    throw runtime::Error(runtime::ErrorKind::kInvalid, "no completion for `" + shell + "`")
        .cure("there is one for bash, zsh and fish");
  }
  return 0;
}

}  // namespace

Command completion_command() {
  return {
      .name = "completion",
      .summary = "for bash, zsh and fish",
      .operands = "SHELL",
      .least = 1,
      .most = 1,
      .names = Names::kShells,
      .description =
          "Prints a script that completes commands, options, settings and their values, and the names of "
          "containers, "
          "templates and "
          "tenants that the daemon knows at that moment.",
      .options = {},
      .examples = {{"source <(croft completion bash)", "For this shell"},
                   {"croft completion fish > ~/.config/fish/completions/croft.fish", "For good"}},
      .run = run,
  };
}

}  // namespace croft::ctl
