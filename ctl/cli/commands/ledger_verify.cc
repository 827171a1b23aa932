#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

std::string describe(const Json& found) {
  const Json wrong = at_path(found, {"wrong"});
  std::string text = "Node:     " + visible(text_at(found, "node")) + "\n";
  text += "Epoch:    " + visible(text_at(found, "epoch")) + "\n";
  text += "Records:  " + plain(at_path(found, {"records"})) + " good of " + plain(at_path(found, {"last"})) +
          "\n";
  text += "Hash:     " + visible(text_at(found, "hash")) + "\n";
  text += "Pending:  " + plain(at_path(found, {"pending"})) + "\n";
  for (const char* name : {"failure", "read_only"})
    if (const std::string reason = text_at(found, name); !reason.empty())
      text += "Writing:  " + visible(reason) + "\n";
  return text + "Verdict:  " + (wrong.is_null() ? "whole" : visible(plain(wrong))) + "\n";
}

int run(Invocation& call) {
  const Json found = call.client().call("GET", "/v1/ledger/verify");
  if (call.json())
    print_json(call.screen, found);
  else
    call.screen.out << describe(found);
  return at_path(found, {"wrong"}).is_null() ? kExitOk : exit_status_of(runtime::ErrorKind::kSystem);
}

}  // namespace

Command ledger_verify_command() {
  return {
      .name = "ledger verify",
      .summary = "look for edited records",
      .description =
          "Reads every record of the ledger and works out its hash anew, which stands on the record before "
          "it. "
          "A record that was edited, or is missing, is named, and the exit status is 1. Of records at the "
          "end "
          "only who noted the last number and hash can tell that they are gone: export them, or note what "
          "this "
          "prints.",
      .options = {kJson},
      .examples = {{"croft ledger verify", "Look at all of it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
