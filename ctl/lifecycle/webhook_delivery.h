// One webhook at work: a thread that reads the registry's events in their order and has croft-webhook post
// those that are wanted. How far it is lies in the registry, so that no event is lost when the daemon dies,
// and some may be sent twice, with the same id. What fails is tried again (ctl/webhook/retry.h), and what
// follows waits: order is kept.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ctl/lifecycle/registry/registry.h"
#include "ctl/webhook/message.h"
#include "ctl/webhook/retry.h"
#include "ctl/webhook/sender.h"
#include "ctl/webhook/webhook.h"
#include "runtime/fd.h"

namespace croft::ctl {

// Kinds of what the registry keeps: settings by name, and WebhookState by name.
inline constexpr const char* kKeptWebhook = "webhook";
inline constexpr const char* kKeptWebhookState = "webhook-state";

class WebhookDelivery {
 public:
  struct Way {
    Registry& registry;
    std::string program;  // path of croft-webhook
    Origin origin;
  };
  WebhookDelivery(Way way, Webhook webhook, WebhookState state);
  WebhookDelivery(const WebhookDelivery&) = delete;
  WebhookDelivery& operator=(const WebhookDelivery&) = delete;
  ~WebhookDelivery();

  // Ends what is being sent, and stores nothing any more when it returns. For good.
  void end();

  [[nodiscard]] Webhook webhook() const;
  [[nodiscard]] WebhookState state() const;

  // There may be something new. Called on any thread.
  void rouse();
  // Tries what waits with it at once.
  void set(Webhook webhook);
  // Sends nothing until go_on, and says why.
  void pause(const std::string& reason);
  // Tries now, whatever came before.
  void go_on();

 private:
  struct GivenUp {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t count = 0;  // 0: none
  };

  void loop();
  [[nodiscard]] bool is_due() const;
  [[nodiscard]] std::optional<std::chrono::seconds> until_due() const;
  bool wait_until_due(Sender& sender);
  void work(Sender& sender);
  std::vector<Event> read();
  bool take(Sender& sender, const Event& event);
  bool settle(const Webhook& webhook, const Event& event, const Sent& sent);
  void note_failure(const Sent& sent, std::int64_t now);
  [[nodiscard]] GivenUp given_up(const Webhook& webhook, const Event& event, std::int64_t now) const;
  void tell(const char* kind, Json detail);
  void store();
  void store_if_far();

  const Way way_;
  const std::string name_;
  runtime::Fd stop_;  // readable once it is to end
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  Webhook webhook_;
  WebhookState state_;
  bool news_ = true;
  bool stopping_ = false;
  std::mutex storing_;                     // so that what is older is not stored last
  std::atomic<std::uint64_t> stored_ = 0;  // the position that the registry knows
  std::thread thread_;
};

}  // namespace croft::ctl
