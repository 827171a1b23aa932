#include "ctl/lifecycle/webhooks.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <ctime>

#include "ctl/lifecycle/registry/identity.h"
#include "ctl/lifecycle/time.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr const char* kKeptOrigin = "webhook-origin";

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) runtime::fail_errno("cannot tell the host's name");
  return name.data();
}

// What tells messages of this registry from those of all others, also of an earlier one on the same host.
std::string origin_id(Registry& registry) {
  if (auto known = registry.kept(kKeptOrigin, "id")) return *std::move(known);
  std::string id = new_uuid();
  registry.keep(kKeptOrigin, "id", id);
  return id;
}

}  // namespace

Webhooks::Webhooks(Registry& registry, std::string program)
    : registry_(registry), program_(std::move(program)), stop_(eventfd(0, EFD_CLOEXEC)) {
  if (!stop_) runtime::fail_errno("cannot make an event");
}

WebhookDelivery::Way Webhooks::way() {
  return {registry_, program_, {origin_id(registry_), host_name()}};
}

void Webhooks::take(const Webhook& webhook, const WebhookState& state) {
  auto delivery = std::make_shared<WebhookDelivery>(way(), webhook, state);
  const std::lock_guard lock(mutex_);
  deliveries_[webhook.name] = std::move(delivery);
  any_ = true;
}

void Webhooks::start() {
  for (const auto& [name, text] : registry_.all_kept(kKeptWebhook)) {
    try {
      const auto state = registry_.kept(kKeptWebhookState, name);
      WebhookState begun;
      begun.position = registry_.last_event();
      take(stored_webhook(name, Json::parse(text)), state ? stored_state(Json::parse(*state)) : begun);
    } catch (const Json::exception& error) {
      std::fprintf(stderr, "croftd: what is stored of the webhook `%s` cannot be read: %s\n", name.c_str(),
                   error.what());
    }
  }
}

void Webhooks::stop() {
  eventfd_write(stop_.get(), 1);
  any_ = false;
  std::map<std::string, Delivery> ending;
  {
    const std::lock_guard lock(mutex_);
    ending.swap(deliveries_);
  }
}

void Webhooks::rouse() {
  if (!any_) return;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, delivery] : deliveries_) delivery->rouse();
}

std::vector<Webhooks::Delivery> Webhooks::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Delivery> list;
  for (const auto& [name, delivery] : deliveries_) list.push_back(delivery);
  return list;
}

Webhooks::Delivery Webhooks::get(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = deliveries_.find(name);
  if (found != deliveries_.end()) return found->second;
  throw Error(ErrorKind::kNotFound, "there is no webhook `" + shown(name) + "`")
      .cure("`croft webhook list` shows which there are");
}

void Webhooks::add(const Webhook& webhook, std::uint64_t position, const EventDraft& event) {
  {
    const std::lock_guard lock(mutex_);
    if (deliveries_.contains(webhook.name))
      throw Error(ErrorKind::kExists, "there is a webhook `" + webhook.name + "` already");
    if (deliveries_.size() >= kMaxWebhooks)
      throw Error(ErrorKind::kExhausted, "there are " + std::to_string(kMaxWebhooks) + " webhooks already")
          .cure("let one receiver pass events on to others");
  }
  WebhookState state;
  state.position = position;
  // First, so that whoever has settings has a place to go on from.
  if (!event.rehearsal) registry_.keep(kKeptWebhookState, webhook.name, to_json(state).dump());
  registry_.set_kept(kKeptWebhook, webhook.name, stored_json(webhook).dump(), event);
  if (!event.rehearsal) take(webhook, state);
}

void Webhooks::change(const Webhook& webhook, const EventDraft& event) {
  registry_.set_kept(kKeptWebhook, webhook.name, stored_json(webhook).dump(), event);
  if (!event.rehearsal) get(webhook.name)->set(webhook);
}

void Webhooks::remove(const std::string& name, const EventDraft& event) {
  const Delivery ending = get(name);
  registry_.set_kept(kKeptWebhook, name, std::nullopt, event);
  if (event.rehearsal) return;
  {
    const std::lock_guard lock(mutex_);
    deliveries_.erase(name);
    any_ = !deliveries_.empty();
  }
  ending->end();  // somebody may still be showing it
  registry_.forget(kKeptWebhookState, name);
}

Sent Webhooks::test(const Webhook& webhook) {
  const Origin origin = way().origin;
  Sender sender(program_, stop_);
  return sender.send(post_of(webhook, origin.id + "-test-" + new_uuid(),
                             test_body(origin, webhook.name, now_text()), std::time(nullptr)));
}

}  // namespace croft::ctl
