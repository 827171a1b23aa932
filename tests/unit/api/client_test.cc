// The client: errors that say what to do, keep-alive, and many of them at once.
#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/unit/api/fixture.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

class ClientTest : public ApiTest {};

TEST_F(ClientTest, missing_daemon_is_unavailable_with_path_and_cure) {
  try {
    client().request("GET", "/v1");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr(path_), testing::HasSubstr("start croftd")));
  }
}

TEST_F(ClientTest, connection_is_used_again_and_made_anew_after_a_restart) {
  start();
  Client c = client();
  for (int i = 0; i < 10; ++i) c.call("GET", "/v1");
  stop();
  start();
  EXPECT_EQ(c.call("POST", "/v1/containers", Json{{"name", "a"}})["name"], "a");
}

TEST_F(ClientTest, idle_connection_that_the_server_closed_is_no_error) {
  limits_.idle = std::chrono::milliseconds(50);
  start();
  Client c = client();
  for (int i = 0; i < 3; ++i) {
    c.call("GET", "/v1");
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
  }
}

TEST_F(ClientTest, line_breaks_do_not_reach_the_wire) {
  start();
  EXPECT_THROW(client().request("GET", "/v1", {}, {{"X", "a\r\nB: c"}}), Error);
  EXPECT_THROW(client().request("GET", "/v1 HTTP/1.1\r\nX: y"), Error);
}

TEST_F(ClientTest, percent_encoding) {
  EXPECT_EQ(percent_encoded("web-1_.~"), "web-1_.~");
  EXPECT_EQ(percent_encoded("a b/c+\xc3\xa4"), "a%20b%2Fc%2B%C3%A4");
  EXPECT_EQ(with_query("/v1/x?a=1", {{"b", "2 3"}}), "/v1/x?a=1&b=2%203");
}

TEST_F(ClientTest, answer_that_does_not_come_is_a_timeout) {
  start();
  backend_->hold();
  Client impatient(path_, 2);
  try {
    impatient.request("GET", "/v1/containers/a/wait");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kTimeout);
  }
  backend_->let_go();
}

TEST_F(ClientTest, verb_that_waits_by_itself_gets_its_limit) {
  start();
  client().call("GET", "/v1/execs/x?wait=3");
  EXPECT_EQ(backend_->last_call("exec.show").query.at("wait"), "3");
}

TEST_F(ClientTest, waiting_call_ends_when_its_client_leaves) {
  limits_.dispatch.waits = {1, 0, std::chrono::seconds(1)};
  start();
  backend_->hold();
  {
    const runtime::Fd socket = connect_raw();
    send_raw(socket, "GET /v1/containers/a/wait HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(eventually([this] { return backend_->calls("container.wait") == 1; }));
    EXPECT_EQ(client().request("GET", "/v1/containers/a/wait").status, 503);
  }
  EXPECT_TRUE(eventually([this] {
    std::thread release([this] { backend_->let_go(); });
    const int status = client().request("GET", "/v1/containers/a/wait").status;
    release.join();
    if (status != 200) backend_->hold();
    return status == 200;
  }));
}

TEST_F(ClientTest, a_hundred_at_once) {
  start();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 100; ++i)
    threads.emplace_back([this, i, &good] {
      Client c = client();
      const std::string name = "c" + std::to_string(i);
      if (c.call("POST", "/v1/containers", Json{{"name", name}})["name"] != name) return;
      if (c.perform("POST", "/v1/containers/" + name + "/start")["name"] != name) return;
      for (int k = 0; k < 10; ++k)
        if (c.call("GET", "/v1/containers/" + name)["name"] != name) return;
      ++good;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 100);
  EXPECT_EQ(client().call("GET", "/v1/containers")["items"].size(), 100U);
}

TEST_F(ClientTest, stopping_lets_running_requests_finish) {
  start();
  backend_->hold();
  std::thread request([this] {
    EXPECT_EQ(client().call("POST", "/v1/containers/a/start?wait=30").value("status", ""), "done");
  });
  EXPECT_TRUE(eventually([this] { return backend_->calls("container.start") == 1; }));
  server_->stop();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  backend_->let_go();
  request.join();
  stop();
  EXPECT_TRUE(clean_);
}

TEST_F(ClientTest, stopping_does_not_wait_for_a_client_that_does_not_read) {
  limits_.grace = std::chrono::milliseconds(50);
  start();
  for (int i = 0; i < 2000; ++i)
    backend_->add_container("00000000-0000-4000-8000-" + std::to_string(100000000000 + i),
                            "c" + std::to_string(i), "running");
  const runtime::Fd socket = connect_raw();
  for (int i = 0; i < 20; ++i) send_raw(socket, "GET /v1/containers HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(eventually([this] { return backend_->calls("container.list") > 0; }));
  const auto began = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  EXPECT_TRUE(clean_);
}

TEST_F(ClientTest, stopping_cancels_what_does_not_finish_within_the_grace) {
  limits_.grace = std::chrono::milliseconds(50);
  start();
  backend_->hold();
  client().call("POST", "/v1/containers/a/start");
  stop();
  EXPECT_TRUE(clean_);
  EXPECT_THAT(store_->begin()->second, testing::HasSubstr("cancelled"));
}

}  // namespace
}  // namespace croft::ctl
