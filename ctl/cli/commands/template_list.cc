#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

Row row_of(const Json& item) {
  return {{text_at(item, "name")},
          {text_at(item.value("os", Json::object()), "pretty")},
          {text_at(item, "init")},
          {limit_text(at_path(item, {"size_bytes"}), human_size)},
          {plain(at_path(item, {"containers"}))},
          {short_time(text_at(item, "created"))}};
}

int run(Invocation& call) {
  return print_named(call, kTemplateKind,
                     {{"NAME"}, {"SYSTEM"}, {"INIT"}, {"SIZE", true}, {"CONTAINERS", true}, {"CREATED"}},
                     row_of);
}

}  // namespace

Command template_list_command() {
  return {
      .name = "template list",
      .aliases = {"ls"},
      .summary = "what containers can be made from",
      .description =
          "Prints the templates: what they hold, how large they are, and how many containers are made from "
          "each.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft template list", "A table"}, {"croft template list -q", "Names only"}},
      .run = run,
  };
}

}  // namespace croft::ctl
