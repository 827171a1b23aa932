// Upgraded connections: the handshake, bytes and descriptors after it, and their bounds.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/unit/api/fixture.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

class StreamsTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    limits_.streams = 3;
    start();
  }
  Fd attach(const std::string& name = "web1") {
    return client().upgrade("/v1/containers/" + name + "/console", Json::object());
  }
  static std::string line(const Fd& socket) {
    std::string text;
    char byte = 0;
    while (recv(socket.get(), &byte, 1, 0) == 1 && byte != '\n') text += byte;
    return text;
  }
};

constexpr const char* kUpgrade =
    "POST /v1/containers/web1/console HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: "
    "croft-stream\r\n\r\n";

TEST_F(StreamsTest, socket_carries_bytes_and_descriptors_both_ways) {
  const Fd socket = attach();
  EXPECT_EQ(line(socket), "{\"attached\":true}");
  runtime::send_with_fds(socket.get(), "F\n", {0, 1, 2});
  EXPECT_EQ(line(socket), "3F");
  EXPECT_EQ(fcntl(socket.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(StreamsTest, error_before_anything_was_sent_is_the_only_line) {
  const Fd socket = attach("missing");
  const Json answer = Json::parse(read_to_end(socket));
  EXPECT_EQ(answer["error"]["code"], "not-found");
  EXPECT_TRUE(eventually([this] { return logged().size() == 1; }));
}

TEST_F(StreamsTest, early_bytes_are_an_error) {
  const std::string answer = raw(std::string(kUpgrade) + "x");
  EXPECT_THAT(answer, testing::HasSubstr("HTTP/1.1 400"));
  EXPECT_THAT(answer, testing::HasSubstr("before the answer to an upgrade"));
}

TEST_F(StreamsTest, upgrade_where_there_is_none_and_none_where_it_is_needed) {
  const Response missing = client().request("POST", "/v1/containers/web1/console");
  EXPECT_EQ(missing.status, 426);
  EXPECT_EQ(missing.headers.at("upgrade"), "croft-stream");
  EXPECT_THROW(client().upgrade("/v1/containers/web1/start", Json::object()), Error);
  EXPECT_THROW(client().upgrade("/v1/containers/web1/exec", Json()), Error);
}

TEST_F(StreamsTest, number_is_bounded_and_places_come_back) {
  {
    std::vector<Fd> open;
    for (int i = 0; i < 3; ++i) open.push_back(attach());
    try {
      attach();
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
    }
  }
  EXPECT_TRUE(eventually([this] {
    try {
      attach();
      return true;
    } catch (const Error&) {
      return false;
    }
  }));
}

TEST_F(StreamsTest, stopping_ends_open_streams) {
  const Fd socket = attach();
  EXPECT_EQ(line(socket), "{\"attached\":true}");
  stop();
  EXPECT_EQ(read_to_end(socket), "");
  EXPECT_TRUE(clean_);
}

}  // namespace
}  // namespace croft::ctl
