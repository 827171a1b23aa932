// webhook.*
#include <ctime>

#include "ctl/lifecycle/time.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/lifecycle/webhooks.h"
#include "ctl/webhook/signature.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Json time_or_null(std::int64_t seconds) {
  return seconds == 0 ? Json() : Json(time_text(seconds));
}

const char* state_of(const WebhookState& state, std::uint64_t behind) {
  if (!state.paused.empty()) return "paused";
  if (state.failures > 0) return "failing";
  return behind > 0 ? "sending" : "idle";
}

Json shown_webhook(const Context& context, const WebhookDelivery& delivery) {
  const Webhook webhook = delivery.webhook();
  const WebhookState state = delivery.state();
  const std::uint64_t last = context.registry.last_event();
  const std::uint64_t behind = last > state.position ? last - state.position : 0;
  const bool old = !webhook.old_secret.empty() && std::time(nullptr) < webhook.old_until;
  Json body = settings_json(webhook);
  body.update({{"name", webhook.name},
               {"created", webhook.created},
               {"state", state_of(state, behind)},
               {"reason", state.paused.empty() ? Json() : Json(state.paused)},
               {"position", state.position},
               {"behind", behind},
               {"failures", state.failures},
               {"failing_since", time_or_null(state.failing_since)},
               {"next_attempt", state.paused.empty() ? time_or_null(state.next_at) : Json()},
               {"last", state.last},
               {"old_secret_until", old ? Json(time_text(webhook.old_until)) : Json()}});
  return body;
}

bool flag_in(const Json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end()) return false;
  if (!found->is_boolean()) throw runtime::wrong_field(name, "must be true or false");
  return *found;
}

Webhook checked(const Context& context, Webhook before, const Json& body) {
  Webhook webhook = with_settings(std::move(before), body);
  if (body.contains("tenant") && !webhook.tenant.empty() && !context.registry.find_tenant(webhook.tenant))
    throw runtime::wrong_field("tenant", "is `" + webhook.tenant + "`, and there is no such tenant");
  return webhook;
}

std::string name_in(const Json& body) {
  const auto found = body.find("name");
  if (found == body.end() || !found->is_string())
    throw runtime::wrong_field("name", "is missing, or is not a text");
  try {
    check_webhook_name(found->get_ref<const std::string&>());
  } catch (const Error& error) {
    throw runtime::wrong_field("name", error.what());
  }
  return *found;
}

// The event behind which it begins: otherwise the present last one.
std::uint64_t position_in(const Context& context, const Json& body) {
  const std::uint64_t last = context.registry.last_event();
  const auto found = body.find("after");
  if (found == body.end()) return last;
  const std::uint64_t first = context.registry.first_event();
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() > last ||
      found->get<std::uint64_t>() + 1 < first)
    throw runtime::wrong_field("after", "must be the number of an event from " +
                                            std::to_string(first == 0 ? 0 : first - 1) + " to " +
                                            std::to_string(last));
  return *found;
}

std::string kinds_text(const Webhook& webhook) {
  std::string text;
  for (const std::string& kind : webhook.events) text += (text.empty() ? "" : " ") + kind;
  return text;
}

std::vector<runtime::Description> describe(const Webhook& before, const Webhook& after) {
  std::vector<runtime::Description> changes;
  const std::string of = " of webhook " + after.name;
  if (before.url != after.url) changes.push_back({"set", "url" + of, after.url});
  if (before.events != after.events) changes.push_back({"set", "events" + of, kinds_text(after)});
  if (before.tenant != after.tenant) changes.push_back({"set", "tenant" + of, after.tenant});
  if (before.ca != after.ca)
    changes.push_back({"set", "authorities" + of, after.ca.empty() ? "the system's" : "its own"});
  if (before.secret != after.secret) changes.push_back({"set", "secret" + of, ""});
  return changes;
}

// With the new secret, and for a time with the one that there was, so that receivers can follow.
Webhook with_secret(const Webhook& before, Webhook webhook, bool rotate) {
  if (rotate && webhook.secret == before.secret) webhook.secret = new_secret();
  if (webhook.secret == before.secret) return webhook;
  webhook.old_secret = before.secret;
  webhook.old_until = std::time(nullptr) + std::chrono::seconds(kOldSecretStays).count();
  return webhook;
}

Answer shown_answer(const Context& context, const std::string& name, const std::string& secret = {}) {
  Json body = shown_webhook(context, *context.webhooks.get(name));
  if (!secret.empty()) body["secret"] = secret;
  return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
}

// What the body says of it; whether that is a change.
bool change_pause(Context& context, const Call& call, std::vector<runtime::Description>& changes) {
  if (!call.body.contains("paused")) return false;
  const bool paused = flag_in(call.body, "paused");
  const std::string& name = call.path.at("name");
  const auto delivery = context.webhooks.get(name);
  if (paused != delivery->state().paused.empty()) return false;
  changes.push_back({paused ? "pause" : "resume", "webhook " + name, ""});
  if (call.dry_run) return true;
  if (paused)
    delivery->pause("an operator paused it");
  else
    delivery->go_on();
  return true;
}

}  // namespace

Answer list_webhooks(Context& context, const Call&) {
  Json items = Json::array();
  for (const auto& delivery : context.webhooks.all()) items.push_back(shown_webhook(context, *delivery));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer show_webhook(Context& context, const Call& call) {
  return shown_answer(context, call.path.at("name"));
}

Answer add_webhook(Context& context, const Call& call) {
  check_members(call.body, {"name", "url", "events", "tenant", "ca", "secret", "after"});
  const std::lock_guard lock(context.webhooks.changing());
  Webhook webhook = checked(context, {}, call.body);
  webhook.name = name_in(call.body);
  if (webhook.secret.empty()) webhook.secret = new_secret();
  webhook.created = now_text();
  EventDraft event = event_of(call, "webhook.added");
  event.after = settings_json(webhook);
  context.webhooks.add(webhook, position_in(context, call.body), event);
  if (call.dry_run) {
    std::vector<runtime::Description> changes = describe({}, webhook);
    changes.insert(changes.begin(), {"record", "webhook " + webhook.name, ""});
    return planned(changes);
  }
  Answer answer = shown_answer(context, webhook.name, webhook.secret);
  answer.status = 201;
  answer.location = "/v1/webhooks/" + webhook.name;
  return answer;
}

Answer set_webhook(Context& context, const Call& call) {
  check_members(call.body, {"url", "events", "tenant", "ca", "secret", "rotate", "paused"});
  const std::lock_guard lock(context.webhooks.changing());
  const std::string& name = call.path.at("name");
  const Webhook before = context.webhooks.get(name)->webhook();
  const Webhook after =
      with_secret(before, checked(context, before, call.body), flag_in(call.body, "rotate"));
  std::vector<runtime::Description> changes = describe(before, after);
  const bool rotated = before.secret != after.secret;
  EventDraft event = event_of(call, "webhook.changed");
  event.before = settings_json(before);
  event.after = settings_json(after);
  if (rotated) event.detail = {{"secret", "rotated"}};
  const bool switched = change_pause(context, call, changes);
  if (switched) event.detail["paused"] = flag_in(call.body, "paused");
  if (!changes.empty()) context.webhooks.change(after, event);
  if (call.dry_run) return planned(changes);
  return shown_answer(context, name, rotated ? after.secret : "");
}

Answer remove_webhook(Context& context, const Call& call) {
  const std::lock_guard lock(context.webhooks.changing());
  const std::string& name = call.path.at("name");
  EventDraft event = event_of(call, "webhook.removed");
  event.before = settings_json(context.webhooks.get(name)->webhook());
  context.webhooks.remove(name, event);
  if (call.dry_run) return planned({{"forget", "webhook " + name, ""}});
  return {.status = 200, .body = {{"name", name}}, .etag = "", .location = ""};
}

Answer test_webhook(Context& context, const Call& call) {
  const std::string& name = call.path.at("name");
  const Webhook webhook = context.webhooks.get(name)->webhook();
  if (call.dry_run) return planned({{"post", "webhook.test to webhook " + name, webhook.url}});
  const Sent sent = context.webhooks.test(webhook);
  if (sent.cut_off) throw Error(ErrorKind::kConflict, "the daemon ends before there was an answer");
  if (sent.status == 0)
    throw Error(ErrorKind::kUnavailable, "no answer from `" + webhook.url + "`: " + sent.said);
  if (verdict_of(sent) != Verdict::kDelivered)
    throw Error(ErrorKind::kSystem, "`" + webhook.url + "` answered " + std::to_string(sent.status) +
                                        (sent.said.empty() ? "" : ": " + sent.said));
  return {.status = 200,
          .body = {{"name", name}, {"status", sent.status}, {"ms", sent.took.count()}},
          .etag = "",
          .location = ""};
}

Answer retry_webhook(Context& context, const Call& call) {
  const std::string& name = call.path.at("name");
  const std::lock_guard lock(context.webhooks.changing());
  const auto delivery = context.webhooks.get(name);
  if (call.dry_run) return planned({{"retry", "webhook " + name, delivery->webhook().url}});
  delivery->go_on();
  context.registry.append_event(event_of(call, "webhook.retried"), name);
  return shown_answer(context, name);
}

}  // namespace croft::ctl
