// webhook test and retry.
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/webhook.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

int on_webhooks(Invocation& call, const std::string& verb, std::string (*words)(const Json& answer)) {
  const std::vector<std::string> names = named_operands(call, kWebhookKind);
  const auto query = changing_query(call);
  return for_each(
      call, verb + " webhook", names, [&](Client& client, std::size_t i, const OnProgress& progress) {
        const std::string path = with_query(named_path(kWebhookKind, names[i]) + "/" + verb, query);
        Json answer = client.perform("POST", path, std::nullopt, progress);
        std::string said = call.dry_run() ? "" : words(answer);
        return Outcome{std::move(said), std::move(answer)};
      });
}

int run_test(Invocation& call) {
  return on_webhooks(call, "test", [](const Json& answer) {
    return "answered " + plain(at_path(answer, {"status"})) + " in " + plain(at_path(answer, {"ms"})) + " ms";
  });
}

int run_retry(Invocation& call) {
  return on_webhooks(call, "retry", [](const Json&) { return std::string("tries now"); });
}

}  // namespace

Command webhook_test_command() {
  return {
      .name = "webhook test",
      .summary = "post a message now",
      .operands = "NAME...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kWebhooks,
      .description =
          "Posts a message of the type webhook.test, past whatever waits, and prints how it was answered. "
          "The "
          "exit status is 0 only for a status of 2xx.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft webhook test billing", "Is it there, and does it take the signature"}},
      .run = run_test,
  };
}

Command webhook_retry_command() {
  return {
      .name = "webhook retry",
      .summary = "try now what waits",
      .operands = "NAME...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kWebhooks,
      .description =
          "Tries at once what would be tried later after a failure, and goes on where it is paused, also "
          "because its receiver has answered 410 Gone.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft webhook retry '*'", "When the receivers are there again"}},
      .run = run_retry,
  };
}

}  // namespace croft::ctl
