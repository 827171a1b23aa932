// What is posted of an event: the message of the Standard Webhooks specification, with its headers.
#pragma once

#include <cstdint>
#include <string>

#include "ctl/api/backend.h"
#include "ctl/webhook/webhook.h"
#include "ctl/webhook/wire.h"

namespace croft::ctl {

// Who sends: `id` is this registry's alone, so that numbers of other hosts are no repeats of its.
struct Origin {
  std::string id;
  std::string host;  // its name
};

// "ORIGIN-4711-20261102101112123456": the same at every attempt, and of no other event. The time is in it
// because a host that lost its power may have forgotten its last events, and gives their numbers to others.
std::string message_id(const Origin& origin, const Event& event);
// {"type","timestamp","data"}: `data` is the event as the API shows it, and "host". What secrets of
// containers are made of (env.*, credential.*, cloud_init.*) is null in it.
std::string message_body(const Origin& origin, const Event& event);
// What `webhook test` sends: type "webhook.test", about the webhook itself.
std::string test_body(const Origin& origin, const std::string& name, const std::string& time);

// As it goes to croft-webhook: signed for `now`, with the old secret too while that stays.
PostRequest post_of(const Webhook& webhook, const std::string& id, std::string body, std::int64_t now);

}  // namespace croft::ctl
