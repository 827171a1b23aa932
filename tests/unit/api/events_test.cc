// Events: pages, replay from a number, following, and what becomes of readers that lag or leave.
#include <gmock/gmock.h>

#include "tests/unit/api/fixture.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

class EventsTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    limits_.heartbeat = std::chrono::milliseconds(50);
    start();
  }
};

TEST_F(EventsTest, pages_go_on_from_next) {
  for (int i = 0; i < 5; ++i) backend_->add_event("container.started");
  const Json first = client().call("GET", "/v1/events?limit=3");
  EXPECT_EQ(first["items"].size(), 3U);
  EXPECT_EQ(first["next"], 3);
  const Json second = client().call("GET", "/v1/events?since=3");
  EXPECT_EQ(second["items"][0]["number"], 4);
  EXPECT_EQ(second["items"][0]["kind"], "container.started");
  EXPECT_EQ(second["next"], 5);
  EXPECT_EQ(client().call("GET", "/v1/events?since=5")["next"], 5);
}

TEST_F(EventsTest, numbers_that_are_forgotten_are_404) {
  for (int i = 0; i < 5; ++i) backend_->add_event("a");
  backend_->forget_events_before(4);
  EXPECT_EQ(client().request("GET", "/v1/events?since=1").status, 404);
  EXPECT_EQ(client().request("GET", "/v1/events?since=1&follow=1").status, 404);
  try {
    client().follow_events(1, [](const Json&) { return true; });
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  }
}

TEST_F(EventsTest, follow_replays_and_goes_on_without_a_gap) {
  for (int i = 0; i < 600; ++i) backend_->add_event("old");
  std::thread later([this] {
    for (int i = 0; i < 400; ++i) backend_->add_event("new");
  });
  std::vector<std::uint64_t> seen;
  client().follow_events(100, [&](const Json& event) {
    seen.push_back(event["number"]);
    return seen.size() < 900;
  });
  later.join();
  ASSERT_EQ(seen.size(), 900U);
  for (std::size_t i = 0; i < seen.size(); ++i) ASSERT_EQ(seen[i], 101 + i);
}

TEST_F(EventsTest, follow_sends_heartbeats_and_then_the_event) {
  const runtime::Fd socket = connect_raw();
  send_raw(socket, "GET /v1/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string text;
  char buffer[1024];
  const auto more = [&] {
    const ssize_t got = recv(socket.get(), buffer, sizeof buffer, 0);
    text.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return got > 0;
  };
  while (text.find("1\r\n\n\r\n") == std::string::npos && more()) {
  }
  EXPECT_THAT(text, testing::HasSubstr("application/x-ndjson"));
  EXPECT_THAT(text, testing::HasSubstr("\r\n\r\n1\r\n\n\r\n"));
  backend_->add_event("container.frozen");
  while (text.find("container.frozen") == std::string::npos && more()) {
  }
  EXPECT_THAT(text, testing::HasSubstr("container.frozen"));
}

TEST_F(EventsTest, http_1_0_follower_gets_bare_lines) {
  const runtime::Fd socket = connect_raw();
  send_raw(socket, "GET /v1/events?follow=1 HTTP/1.0\r\n\r\n");
  backend_->add_event("x");
  std::string text;
  char byte = 0;
  while (text.find("}\n") == std::string::npos && recv(socket.get(), &byte, 1, 0) == 1) text += byte;
  EXPECT_THAT(text, testing::HasSubstr("\r\n\r\n"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("chunked")));
}

TEST_F(EventsTest, reader_that_does_not_read_is_dropped_and_others_go_on) {
  stop();
  limits_.write = std::chrono::milliseconds(200);
  limits_.followers = 1;
  start();
  const runtime::Fd deaf = connect_raw();
  send_raw(deaf, "GET /v1/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  for (int i = 0; i < 20000; ++i) backend_->add_event("container.started");
  EXPECT_TRUE(eventually([this] {  // its place is free again
    std::size_t count = 0;
    try {
      client().follow_events(19000, [&](const Json&) { return ++count < 10; });
    } catch (const Error&) {
      return false;
    }
    return count == 10;
  }));
}

TEST_F(EventsTest, place_of_a_follower_that_left_is_free) {
  stop();
  limits_.followers = 1;
  limits_.heartbeat = std::chrono::seconds(60);
  start();
  backend_->add_event("a");
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(eventually([this] {
      try {
        client().follow_events(0, [](const Json&) { return false; });
        return true;
      } catch (const Error& error) {
        return error.kind() != ErrorKind::kUnavailable;
      }
    }));
}

TEST_F(EventsTest, stopping_ends_followers_at_once) {
  limits_.heartbeat = std::chrono::seconds(60);
  std::thread follower(
      [this] { EXPECT_THROW(client().follow_events(0, [](const Json&) { return true; }), Error); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto began = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  follower.join();
  EXPECT_TRUE(clean_);
}

}  // namespace
}  // namespace croft::ctl
