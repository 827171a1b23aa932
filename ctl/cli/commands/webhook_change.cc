// webhook add, set and remove.
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/webhook.h"
#include "ctl/cli/figures.h"
#include "ctl/spec/units.h"
#include "ctl/webhook/webhook.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kMaxSecretFile = 1024;

std::string secret_from(const std::string& path) {
  std::string text = runtime::read_file(path, kMaxSecretFile);
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

int run_add(Invocation& call) {
  const std::string& name = call.operand(0);
  Json body = webhook_body(call);
  body["name"] = name;
  body["url"] = call.operand(1);
  if (call.arguments.has("after")) body["after"] = parse_count(call.arguments.value("after"));
  const std::string path = with_query(kWebhookKind.path, changing_query(call));
  return do_one(call, "add webhook", name, [&](Client& client, std::size_t, const OnProgress& progress) {
    return webhook_outcome(call, "added", client.perform("POST", path, body, progress));
  });
}

int run_set(Invocation& call) {
  Json body = webhook_body(call);
  if (call.arguments.has("url")) body["url"] = call.arguments.value("url");
  if (call.arguments.has("rotate-secret")) body["rotate"] = true;
  if (call.arguments.has("pause") && call.arguments.has("resume"))
    throw Error(ErrorKind::kInvalid, "--pause and --resume are opposites").cure("give one of them");
  if (call.arguments.has("pause")) body["paused"] = true;
  if (call.arguments.has("resume")) body["paused"] = false;
  if (body.empty())
    throw Error(ErrorKind::kInvalid, "nothing to change is given").cure("see `croft webhook set --help`");
  const std::vector<std::string> names = named_operands(call, kWebhookKind);
  const auto query = changing_query(call);
  return for_each(call, "change webhook", names,
                  [&](Client& client, std::size_t i, const OnProgress& progress) {
                    const std::string path = with_query(named_path(kWebhookKind, names[i]), query);
                    return webhook_outcome(call, "changed", client.perform("PATCH", path, body, progress));
                  });
}

int run_remove(Invocation& call) {
  return delete_named(call, kWebhookKind, "remove", "removed");
}

}  // namespace

Json webhook_body(const Invocation& call) {
  Json body = Json::object();
  const Arguments& given = call.arguments;
  if (given.has("event")) body["events"] = given.values("event");
  if (given.has("tenant")) body["tenant"] = text_or_null(given.value("tenant"));
  if (given.has("ca-file")) {
    const std::string path = given.value("ca-file");
    body["ca"] = path.empty() ? Json() : Json(runtime::read_file(path, kMaxCa));
  }
  if (given.has("secret-file")) body["secret"] = secret_from(given.value("secret-file"));
  return body;
}

Outcome webhook_outcome(const Invocation& call, const std::string& done, Json answer) {
  const std::string secret = call.dry_run() ? "" : text_at(answer, "secret");
  return {secret.empty() ? done : done + "; its secret, which is not told again:\n" + secret,
          std::move(answer)};
}

Command webhook_add_command() {
  return {
      .name = "webhook add",
      .summary = "post events to a URL",
      .operands = "NAME URL",
      .least = 2,
      .most = 2,
      .description =
          "Has events posted, from now on, to a URL that begins with https://, http:// or unix:/ (a socket "
          "of "
          "this host): in their order, each until it was answered with a status of 2xx, and signed as the "
          "Standard Webhooks specification says. The secret that signs is made unless it is given, and is "
          "printed once. What is posted, and what follows a failure, is in croft-webhook(7).",
      .options = {kWebhookEvent,
                  {"-t,--tenant", "TENANT", "Only what happens to containers of this tenant"},
                  kWebhookCa,
                  kWebhookSecret,
                  {"--after", "NUMBER", "Begin behind the event of this number; otherwise with the next one"},
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft webhook add billing https://billing.example.com/croft", "Everything"},
                   {"croft webhook add pager https://pager.example.com/ -e resource.oom -e container.stuck",
                    "What somebody should look at"},
                   {"croft webhook add acme https://hooks.example.net/ -t acme --ca-file ca.pem",
                    "A customer's, with an authority of its own"}},
      .run = run_add,
  };
}

Command webhook_set_command() {
  return {
      .name = "webhook set",
      .summary = "change, rotate, pause",
      .operands = "NAME...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kWebhooks,
      .description =
          "Changes webhooks, and tries at once what waits for another attempt. After --rotate-secret or "
          "--secret-file messages are "
          "signed by the new secret and, for a day, by the old one too, so that the receiver can follow. "
          "What "
          "happens while it is paused is posted afterwards.",
      .options = {{"--url", "URL", "Where to"},
                  kWebhookEvent,
                  {"-t,--tenant", "TENANT", "Only what happens to its containers; empty: everything"},
                  kWebhookCa,
                  kWebhookSecret,
                  {"--rotate-secret", "", "Make a new secret, and print it"},
                  {"--pause", "", "Post nothing until --resume or `croft webhook retry`"},
                  {"--resume", "", "Go on"},
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft webhook set billing --rotate-secret", "A new secret"},
                   {"croft webhook set acme --ca-file ''", "The system's authorities again"},
                   {"croft webhook set '*' --pause", "Nothing leaves the host"}},
      .run = run_set,
  };
}

Command webhook_remove_command() {
  return {
      .name = "webhook remove",
      .aliases = {"delete", "rm"},
      .summary = "post no more",
      .operands = "NAME...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kWebhooks,
      .description = "Removes webhooks; what was still to be posted is not.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft webhook remove billing", "One webhook"}},
      .run = run_remove,
  };
}

}  // namespace croft::ctl
