#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

std::string limits_of(const Json& pool) {
  std::string kept;
  for (const char* resource : {"disk", "inodes"}) {
    const std::string text = text_at(at_path(pool, {"limits"}), resource);
    if (!text.empty() && !text.starts_with("absent")) kept += std::string(kept.empty() ? "" : ",") + resource;
  }
  return kept.empty() ? "none" : kept;
}

Row row(const Json& pool) {
  return {{text_at(pool, "name")},
          {text_at(pool, "kind")},
          {text_at(pool, "state")},
          {limit_text(at_path(pool, {"size_bytes"}), human_size)},
          {limit_text(at_path(pool, {"free_bytes"}), human_size)},
          {limits_of(pool)},
          {plain(at_path(pool, {"containers"}))},
          {text_at(pool, "path")}};
}

int run(Invocation& call) {
  return print_named(call, kDiskPoolKind,
                     {{"POOL"},
                      {"KIND"},
                      {"STATE"},
                      {"SIZE", true},
                      {"FREE", true},
                      {"LIMITS"},
                      {"CONTAINERS", true},
                      {"PATH"}},
                     row);
}

}  // namespace

Command pool_list_command() {
  return {
      .name = "pool list",
      .aliases = {"ls"},
      .summary = "places for containers",
      .description =
          "Prints the pools: their kinds, whether they are there, how large they are and how much of that is "
          "free, which limits of containers are kept in them, and how many containers they hold. default is "
          "the daemon's data directory.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft pool list", "A table"}},
      .run = run,
  };
}

}  // namespace croft::ctl
