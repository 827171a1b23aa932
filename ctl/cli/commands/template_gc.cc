#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::string path = with_query("/v1/store/collect", changing_query(call));
  return do_one(call, "collect", "store", [&](Client& client, std::size_t, const OnProgress& progress) {
    Json done = client.perform("POST", path, {}, progress);
    std::string words = plain(at_path(done, {"layers"})) + " layers and " +
                        plain(at_path(done, {"objects"})) + " objects removed, " +
                        limit_text(at_path(done, {"bytes"}), human_size);
    return Outcome{std::move(words), std::move(done)};
  });
}

}  // namespace

Command template_gc_command() {
  return {
      .name = "template gc",
      .summary = "free what none needs",
      .description =
          "Removes layers that no template and no container uses, and files that no layer holds. Removing a "
          "template does this by itself; here it is done now, also for what an interrupted import left.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft template gc --dry-run", "What would go"}, {"croft template gc", "Free it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
