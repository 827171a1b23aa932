// GET /v1/events?follow=1: lines of JSON in chunks, for as long as the client reads them. A follower holds
// nothing but the number of the last event it was given; what comes next is read from the journal, so a slow
// reader costs no memory. It is dropped when a single write takes too long, or when the journal has forgotten
// what comes next.
#include <sys/socket.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cstdio>

#include "ctl/api/problem.h"
#include "ctl/api/session.h"

namespace croft::ctl {
namespace {

constexpr std::size_t kEventsAtOnce = 256;

std::string head_of_follow(bool chunked) {
  std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nCache-Control: no-store\r\nConnection: "
      "close\r\n";
  if (chunked) head += "Transfer-Encoding: chunked\r\n";
  return head + "\r\n";
}

std::string chunk_of(const std::string& text, bool chunked) {
  if (!chunked) return text;
  std::array<char, 24> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
  return size.data() + text + "\r\n";
}

}  // namespace

Task<std::variant<EventLines, Reply>> Session::next_events(std::uint64_t since) {
  events_.reset();
  const auto done = [weak = weak_from_this(), &io = shared_.io](std::variant<EventLines, Reply> events) {
    asio::post(io, [weak, events = std::move(events)]() mutable {
      const auto session = weak.lock();
      if (!session) return;
      session->events_ = std::move(events);
      session->timer_.cancel();
    });
  };
  shared_.dispatcher.read_events(since, kEventsAtOnce, done);
  timer_.expires_at(SteadyClock::time_point::max());
  while (!events_) co_await timer_.async_wait(kResult);
  co_return *std::exchange(events_, std::nullopt);
}

Task<Session::Next> Session::follow(std::uint64_t since) {
  if (shared_.followers >= shared_.options.limits.followers) {
    const runtime::Error full(runtime::ErrorKind::kUnavailable, "too many clients follow the events");
    co_return co_await send(problem_reply(full));
  }
  // Counts this follower for as long as this coroutine lives.
  const std::shared_ptr<void> counted(nullptr, [this](void*) { --shared_.followers; });
  ++shared_.followers;
  following_ = true;
  auto left = std::make_shared<std::atomic<bool>>(false);
  watch_client(left);
  bool head_sent = false;
  while (!client_gone_ && !*left && !shared_.stopping) {
    const std::uint64_t rings = rings_;
    const auto events = co_await next_events(since);
    const auto* lines = std::get_if<EventLines>(&events);
    if (lines == nullptr && !head_sent) co_return co_await send(std::get<Reply>(events));
    if (!head_sent && !co_await write(head_of_follow(chunked_))) break;
    head_sent = true;
    if (lines == nullptr) {
      co_await write(chunk_of("{\"error\":" + std::get<Reply>(events).body + "}\n", chunked_));
      break;
    }
    since = lines->last;
    if (!lines->text.empty()) {
      if (!co_await write(chunk_of(lines->text, chunked_))) co_return Next::kClose;
      continue;
    }
    if (rings != rings_ || *left) continue;
    timer_.expires_after(shared_.options.limits.heartbeat);
    const auto [cancelled] = co_await timer_.async_wait(kResult);
    if (!cancelled && !co_await write(chunk_of("\n", chunked_))) co_return Next::kClose;
  }
  if (chunked_ && !*left) co_await write("0\r\n\r\n");
  co_return Next::kClose;
}

}  // namespace croft::ctl
