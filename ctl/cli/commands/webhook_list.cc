// webhook list and show.
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/webhook.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

// "204", "no answer", "-" before the first attempt.
std::string result_text(const Json& last) {
  if (!last.is_object()) return "-";
  const Json status = at_path(last, {"status"});
  return status.is_null() ? "no answer" : plain(status);
}

Cell state_cell(const Json& webhook) {
  const std::string state = text_at(webhook, "state");
  return {state, state == "failing" ? Colour::kBad : state == "paused" ? Colour::kWarning : Colour::kGood};
}

Row row_of(const Json& webhook) {
  const Json last = at_path(webhook, {"last"});
  return {{text_at(webhook, "name")},
          state_cell(webhook),
          {plain(at_path(webhook, {"behind"}))},
          {result_text(last)},
          {short_time(text_at(last, "time"))},
          {short_time(text_at(webhook, "next_attempt"))},
          {plain(at_path(webhook, {"events"}))},
          {text_at(webhook, "url")}};
}

std::string describe(const Json& shown, bool colour) {
  Json webhook = shown;
  const Json last = at_path(shown, {"last"});
  if (last.is_object()) {
    const std::string said = text_at(last, "said");
    webhook["last"] = local_time(text_at(last, "time")) + ", event " + plain(at_path(last, {"number"})) +
                      ": " + result_text(last) + (said.empty() ? "" : ", " + said);
  }
  Json authorities = Json::array();
  const Json given = at_path(shown, {"ca"});
  for (const Json& one : given)
    authorities.push_back(text_at(one, "subject") + " until " + short_time(text_at(one, "until")));
  webhook["ca"] = authorities.empty() ? Json("the system's") : authorities;
  return describe_object(webhook, colour);
}

int run_list(Invocation& call) {
  return print_named(call, kWebhookKind,
                     {{"NAME"}, {"STATE"}, {"BEHIND", true}, {"LAST"}, {"AT"}, {"NEXT"}, {"EVENTS"}, {"URL"}},
                     row_of);
}

int run_show(Invocation& call) {
  return show_named(call, kWebhookKind, describe);
}

}  // namespace

Command webhook_list_command() {
  return {
      .name = "webhook list",
      .aliases = {"ls"},
      .summary = "how far each is",
      .description =
          "Prints for each webhook whether it is idle, sending, failing or paused, how many events have come "
          "since the last one that it is through with, how the last attempt ended and when that was, when "
          "the "
          "next one is after a failure, and what is posted where.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft webhook list", "A table"}},
      .run = run_list,
  };
}

Command webhook_show_command() {
  return {
      .name = "webhook show",
      .summary = "all about one",
      .operands = "NAME...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kWebhooks,
      .description = "Prints what there is to know of webhooks, but for their secrets, which nobody is told.",
      .options = {kJson},
      .examples = {{"croft webhook show billing", "One webhook"}},
      .run = run_show,
  };
}

}  // namespace croft::ctl
