#include "ctl/lifecycle/webhook_delivery.h"

#include <sys/eventfd.h>
#include <sys/random.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <limits>
#include <utility>

#include "ctl/lifecycle/context.h"
#include "ctl/lifecycle/hook.h"
#include "ctl/lifecycle/time.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using std::chrono::seconds;

constexpr std::size_t kAtOnce = 64;   // events that are read
constexpr std::uint64_t kFar = 1000;  // events that are looked at again after a crash, at most
constexpr seconds kLinger{10};        // for which a program that has nothing to do stays
constexpr seconds kAfterTrouble{5};   // of the daemon's own: a full disk, for instance

double chance() {
  std::uint32_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) return 0;
  return static_cast<double>(number) / std::numeric_limits<std::uint32_t>::max();
}

Json attempt_json(const Event& event, const Sent& sent) {
  return {{"time", now_text()},
          {"number", event.number},
          {"status", sent.status == 0 ? Json() : Json(sent.status)},
          {"said", printable(sent.said)},
          {"ms", sent.took.count()}};
}

}  // namespace

WebhookDelivery::WebhookDelivery(Way way, Webhook webhook, WebhookState state)
    : way_(std::move(way)),
      name_(webhook.name),
      stop_(eventfd(0, EFD_CLOEXEC)),
      webhook_(std::move(webhook)),
      state_(std::move(state)),
      stored_(state_.position) {
  if (!stop_) runtime::fail_errno("cannot make an event");
  thread_ = std::thread([this] { loop(); });
}

WebhookDelivery::~WebhookDelivery() {
  end();
}

void WebhookDelivery::end() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  eventfd_write(stop_.get(), 1);
  ready_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Webhook WebhookDelivery::webhook() const {
  const std::lock_guard lock(mutex_);
  return webhook_;
}

WebhookState WebhookDelivery::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void WebhookDelivery::rouse() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(news_, true)) ready_.notify_all();
}

void WebhookDelivery::set(Webhook webhook) {
  const std::lock_guard lock(mutex_);
  webhook_ = std::move(webhook);
  state_.next_at = 0;
  ready_.notify_all();
}

void WebhookDelivery::pause(const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    state_.paused = reason;
  }
  store();
}

void WebhookDelivery::go_on() {
  {
    const std::lock_guard lock(mutex_);
    // What waited while it was paused has three days anew.
    if (!state_.paused.empty()) state_.failing_since = 0;
    state_.paused.clear();
    state_.next_at = 0;
    news_ = true;
    ready_.notify_all();
  }
  store();
}

// A time further away than any pause is one of a clock that has been set back.
std::optional<seconds> WebhookDelivery::until_due() const {
  if (!state_.paused.empty() || !news_) return std::nullopt;
  const seconds left(state_.next_at - std::time(nullptr));
  return left > kLongestPause ? seconds{0} : std::max(left, seconds{0});
}

bool WebhookDelivery::is_due() const {
  const auto left = until_due();
  return left && left->count() == 0;
}

// False when it is to end. The program does not stay for longer than a moment without work.
bool WebhookDelivery::wait_until_due(Sender& sender) {
  std::unique_lock lock(mutex_);
  bool resting = false;
  while (!stopping_ && !is_due()) {
    const auto left = until_due();
    if (!resting && (!left || *left > kLinger)) {
      if (ready_.wait_for(lock, kLinger) == std::cv_status::no_timeout) continue;
      sender.rest();
      resting = true;
    } else if (left) {
      ready_.wait_for(lock, *left);
    } else {
      ready_.wait(lock);
    }
  }
  return !stopping_;
}

void WebhookDelivery::loop() {
  Sender sender(way_.program, stop_);
  while (wait_until_due(sender)) {
    try {
      work(sender);
      store_if_far();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "croftd: webhook `%s`: %s\n", name_.c_str(), error.what());
      const std::lock_guard lock(mutex_);
      news_ = true;
      state_.next_at = std::max<std::int64_t>(state_.next_at, std::time(nullptr) + kAfterTrouble.count());
    }
  }
  try {
    if (state().position != stored_) store();
  } catch (const std::exception&) {  // what was passed over is looked at once more
  }
}

// What the registry has behind its position; what it has forgotten meanwhile is lost, and told.
std::vector<Event> WebhookDelivery::read() {
  const std::uint64_t after = state().position;
  try {
    return way_.registry.events_after(after, kAtOnce);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;
  }
  const std::uint64_t first = way_.registry.first_event();
  {
    const std::lock_guard lock(mutex_);
    state_.position = first - 1;
  }
  store();
  tell("webhook.lost", {{"first", after + 1}, {"last", first - 1}});
  return way_.registry.events_after(first - 1, kAtOnce);
}

void WebhookDelivery::work(Sender& sender) {
  {
    const std::lock_guard lock(mutex_);
    news_ = false;  // before it is looked: what comes meanwhile is not overlooked
  }
  const std::vector<Event> events = read();
  for (const Event& event : events)
    if (!take(sender, event)) break;
  if (events.empty()) return;
  const std::lock_guard lock(mutex_);
  news_ = true;
}

// Whether it can go on with the next one at once.
bool WebhookDelivery::take(Sender& sender, const Event& event) {
  Webhook webhook;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || !state_.paused.empty()) return false;
    if (!wants(webhook_, event)) {
      state_.position = event.number;
      return true;
    }
    webhook = webhook_;
  }
  const Sent sent = sender.send(
      post_of(webhook, message_id(way_.origin, event), message_body(way_.origin, event), std::time(nullptr)));
  return !sent.cut_off && settle(webhook, event, sent);
}

bool WebhookDelivery::settle(const Webhook& webhook, const Event& event, const Sent& sent) {
  const Verdict verdict = verdict_of(sent);
  const std::int64_t now = std::time(nullptr);
  const GivenUp lost = verdict == Verdict::kAgain ? given_up(webhook, event, now) : GivenUp();
  {
    const std::lock_guard lock(mutex_);
    state_.last = attempt_json(event, sent);
    if (verdict == Verdict::kDelivered) {
      state_.position = event.number;
      state_.failures = 0;
      state_.failing_since = state_.next_at = 0;
    } else if (verdict == Verdict::kGone) {
      if (state_.paused.empty()) state_.paused = "its receiver answered 410 Gone";
    } else {
      note_failure(sent, now);
      if (lost.count > 0) state_.position = lost.last;
    }
  }
  store();
  if (verdict == Verdict::kGone) tell("webhook.paused", {{"number", event.number}, {"reason", "410 Gone"}});
  if (lost.count > 0)
    tell("webhook.gave-up", {{"first", lost.first},
                             {"last", lost.last},
                             {"count", lost.count},
                             {"status", sent.status == 0 ? Json() : Json(sent.status)},
                             {"said", printable(sent.said)}});
  return verdict == Verdict::kDelivered;
}

// The caller holds the lock.
void WebhookDelivery::note_failure(const Sent& sent, std::int64_t now) {
  ++state_.failures;
  if (state_.failing_since == 0) state_.failing_since = now;
  const auto pause = pause_after(state_.failures, chance(), sent.retry_after);
  state_.next_at = now + std::chrono::ceil<seconds>(pause).count();
}

// From this event on, those that have waited for too long while nothing could be delivered.
WebhookDelivery::GivenUp WebhookDelivery::given_up(const Webhook& webhook, const Event& event,
                                                   std::int64_t now) const {
  const auto before = given_up_before(state().failing_since, now);
  GivenUp all{event.number, event.number - 1, 0};
  for (bool old = before.has_value(); old;) {
    const std::vector<Event> events = way_.registry.events_after(all.last, kAtOnce);
    old = !events.empty();
    for (const Event& one : events) {
      old = old && seconds_of(one.time) < *before;
      if (!old) break;
      all.last = one.number;
      if (wants(webhook, one)) ++all.count;
    }
  }
  return all;
}

void WebhookDelivery::tell(const char* kind, Json detail) {
  way_.registry.append_event(event_of(kDaemonActor, kind, std::move(detail)), name_);
}

void WebhookDelivery::store() {
  const std::lock_guard turn(storing_);
  const WebhookState now = state();
  way_.registry.keep(kKeptWebhookState, name_, to_json(now).dump());
  stored_ = now.position;
}

// What is passed over is not worth a write each.
void WebhookDelivery::store_if_far() {
  if (state().position - stored_ >= kFar) store();
}

}  // namespace croft::ctl
