// All webhooks of the host, and what is done to them.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ctl/lifecycle/registry/registry.h"
#include "ctl/lifecycle/webhook_delivery.h"
#include "ctl/webhook/webhook.h"
#include "runtime/fd.h"

namespace croft::ctl {

class Webhooks {
 public:
  using Delivery = std::shared_ptr<WebhookDelivery>;

  // `program` is the path of croft-webhook.
  Webhooks(Registry& registry, std::string program);

  // Goes on with all that the registry knows. Without any there is no thread and no process.
  void start();
  // Ends what is being sent; it is sent again by the next daemon.
  void stop();
  // There is a new event. Called on any thread.
  void rouse();

  [[nodiscard]] std::vector<Delivery> all() const;            // by name
  [[nodiscard]] Delivery get(const std::string& name) const;  // throws Error kNotFound

  // For whoever reads and then changes: one at a time.
  [[nodiscard]] std::mutex& changing() { return changing_; }
  // These three are rehearsed when their event is. From the event behind `position` on; kExists, kExhausted.
  void add(const Webhook& webhook, std::uint64_t position, const EventDraft& event);
  void change(const Webhook& webhook, const EventDraft& event);
  void remove(const std::string& name, const EventDraft& event);

  // Posts a message of its own now, past all that waits.
  Sent test(const Webhook& webhook);

 private:
  [[nodiscard]] WebhookDelivery::Way way();
  void take(const Webhook& webhook, const WebhookState& state);

  Registry& registry_;
  const std::string program_;
  runtime::Fd stop_;  // readable once it has stopped
  std::mutex changing_;
  mutable std::mutex mutex_;
  std::map<std::string, Delivery> deliveries_;
  std::atomic<bool> any_ = false;
};

}  // namespace croft::ctl
