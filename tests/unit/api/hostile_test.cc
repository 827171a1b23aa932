// What clients should not send: malformed HTTP, too much, too slow, too many; and that the server outlives it
// all.
#include <gmock/gmock.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "ctl/api/listen.h"
#include "ctl/api/problem.h"
#include "ctl/api/request.h"
#include "ctl/api/target.h"
#include "tests/fuzz/api/targets.h"
#include "tests/unit/api/fixture.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using testing::HasSubstr;

class Hostile : public ApiTest {
 protected:
  void expect_alive() { EXPECT_EQ(client().call("GET", "/v1").value("name", ""), "croft"); }
};

std::string post(const std::string& body, const std::string& type = "application/json") {
  return "POST /v1/containers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_F(Hostile, malformed_requests_are_400_and_the_connection_ends) {
  start();
  for (const char* text :
       {"\r\n\r\n\r\n\r\nx", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\x01 HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nBad Header\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "POST /v1/containers HTTP/1.1\r\nContent-Length: abc\r\n\r\n",
        "POST /v1/containers HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "POST /v1/containers HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"})
    EXPECT_THAT(raw(text, false), HasSubstr("HTTP/1.1 400")) << text;
  EXPECT_EQ(raw(std::string("\0\0\0\0", 4)).find("HTTP/1.1 200"), std::string::npos);
  EXPECT_EQ(raw(""), "");
  EXPECT_EQ(raw("GET /v1 HTTP/1.1\r\nHo"), "");
  expect_alive();
}

TEST_F(Hostile, targets_that_are_no_paths_are_400) {
  start();
  for (const char* target : {"*", "http://croft/v1", "v1", "/v1?a=%zz", "/v1?%", "/v1?a=%C0%80"})
    EXPECT_THAT(raw("GET " + std::string(target) + " HTTP/1.1\r\nConnection: close\r\n\r\n"),
                HasSubstr("HTTP/1.1 400"))
        << target;
}

TEST_F(Hostile, bodies_that_are_no_json_objects_are_400) {
  start();
  for (const std::string& body :
       {std::string("{"), std::string("[]"), std::string("nul"), std::string("{\"a\":1,\"a\":2}"),
        std::string("{\"a\":\xff}"), std::string("{\"a\":\"\xff\"}"), std::string("1e999"),
        "{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}", std::string(100000, '[')})
    EXPECT_THAT(raw(post(body)), HasSubstr("HTTP/1.1 400")) << body.substr(0, 40);
  EXPECT_THAT(raw(post("{}", "text/plain")), HasSubstr("HTTP/1.1 415"));
  expect_alive();
}

TEST_F(Hostile, sizes_are_bounded) {
  start();
  EXPECT_THAT(raw("GET /v1 HTTP/1.1\r\nX: " + std::string(20000, 'a') + "\r\n\r\n"),
              HasSubstr("HTTP/1.1 431"));
  EXPECT_THAT(raw("POST /v1/containers HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", false),
              HasSubstr("HTTP/1.1 413"));
  EXPECT_THAT(raw("GET /v1/a/b/c/d/e/f/g/h/i/j HTTP/1.1\r\nConnection: close\r\n\r\n"),
              HasSubstr("HTTP/1.1 404"));
  const std::string big = "{\"name\":\"big\",\"spec\":{\"env\":\"" + std::string(900000, 'x') + "\"}}";
  EXPECT_THAT(raw(post(big)), HasSubstr("HTTP/1.1 201"));
  expect_alive();
}

TEST_F(Hostile, expect_100_continue_is_answered) {
  start();
  const runtime::Fd socket = connect_raw();
  send_raw(socket,
           "POST /v1/containers HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: "
           "15\r\n\r\n");
  char buffer[25];
  ASSERT_EQ(recv(socket.get(), buffer, sizeof buffer, MSG_WAITALL), 25);
  EXPECT_EQ(std::string(buffer, 25), "HTTP/1.1 100 Continue\r\n\r\n");
  send_raw(socket, "{\"name\":\"cont\"}");
  EXPECT_THAT(read_to_end(socket), HasSubstr("HTTP/1.1 201"));
}

TEST_F(Hostile, pipelined_requests_are_answered_in_order) {
  start();
  const std::string answers =
      raw("GET /v1 HTTP/1.1\r\n\r\nGET /v1/nothing HTTP/1.1\r\n\r\nGET /v1/host HTTP/1.1\r\nConnection: "
          "close\r\n\r\n");
  const std::size_t second = answers.find("HTTP/1.1 404");
  EXPECT_LT(answers.find("HTTP/1.1 200"), second);
  EXPECT_LT(second, answers.rfind("HTTP/1.1 200"));
}

TEST_F(Hostile, slow_requests_and_idle_connections_end) {
  limits_.request = std::chrono::milliseconds(150);
  limits_.idle = std::chrono::milliseconds(150);
  start();
  const auto began = std::chrono::steady_clock::now();
  const runtime::Fd socket = connect_raw();
  for (const char c : std::string("GET /v1 HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")) {
    if (send(socket.get(), &c, 1, MSG_NOSIGNAL) != 1) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(read_to_end(socket), "");
  EXPECT_EQ(raw("", false), "");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  expect_alive();
}

TEST_F(Hostile, connections_are_bounded_with_a_503) {
  limits_.connections = 4;
  start();
  std::vector<runtime::Fd> open;
  for (int i = 0; i < 4; ++i) open.push_back(connect_raw());
  EXPECT_TRUE(eventually(
      [this] { return raw("GET /v1 HTTP/1.1\r\n\r\n", false).find("HTTP/1.1 503") != std::string::npos; }));
  open.clear();
  EXPECT_TRUE(eventually([this] {
    try {
      return client().request("GET", "/v1").status == 200;
    } catch (const Error&) {
      return false;
    }
  }));
}

// Valid requests with bytes changed, cut and repeated: whatever comes back, the server stays.
TEST_F(Hostile, random_damage_does_no_harm) {
  limits_.request = std::chrono::milliseconds(300);
  start();
  const std::vector<std::string> seeds = {
      post("{\"name\":\"a\",\"spec\":{\"memory\":{\"limit\":\"1G\"}}}"),
      "GET /v1/containers?filter=state+eq+running&limit=3 HTTP/1.1\r\nHost: x\r\n\r\n",
      "POST /v1/containers/a/start?wait=1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
      "GET /v1/events?since=0 HTTP/1.1\r\nIf-None-Match: \"x\"\r\n\r\n"};
  std::mt19937 random(20261101);
  for (int round = 0; round < 400; ++round) {
    std::string text = seeds[random() % seeds.size()];
    for (auto changes = 1 + random() % 6; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      if (random() % 4 == 0)
        text.insert(at, text.substr(random() % text.size(), random() % 64));
      else if (random() % 5 == 0)
        text.erase(at, 1 + random() % 8);
      else
        text[at] = static_cast<char>(random());
      if (text.empty()) text = "x";
    }
    raw(text);
  }
  expect_alive();
}

// The own parsers by themselves, much faster: they throw Error or give what can be printed as JSON.
TEST(HostileParsers, only_errors_and_only_utf8) {
  const std::vector<std::string> seeds = {
      "/v1/containers/web%201/start?wait=5&dry_run=1", "/v1/containers?cursor=313a",
      "/v1/containers?filter=name+eq+'a*'+and+label.x+ne+y&fields=name,uuid",
      "/v1/events?since=18446744073709551616&follow=1"};
  std::mt19937 random(7);
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    HttpRequest http;
    http.method = "GET";
    http.target = seeds[random() % seeds.size()];
    for (auto changes = random() % 4; changes > 0; --changes)
      http.target[random() % http.target.size()] = static_cast<char>(random());
    try {
      const Request request = read_request(http, false);
      for (const auto& [name, value] : request.call.path) ASSERT_TRUE(is_utf8(value));
      for (const FilterTerm& term : request.listing.filter) ASSERT_TRUE(is_utf8(term.value));
      ASSERT_LE(request.listing.limit, kMaxPage);
      ++accepted;
    } catch (const Error& error) {
      const Json problem = problem_of(error);
      ASSERT_TRUE(problem["status"].get<int>() >= 400);
    }
  }
  EXPECT_GT(accepted, 1000);
}

TEST(HostileParsers, corpus_of_the_fuzzer_keeps_its_promises) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/api/corpus/request")) {
    const std::string text = runtime::read_file(entry.path());
    for (std::size_t size = 0; size <= text.size(); ++size)
      fuzz::request(std::string_view(text).substr(0, size));
    ++count;
  }
  EXPECT_GE(count, 8);
}

TEST(Utf8, refuses_what_rfc_3629_refuses) {
  EXPECT_TRUE(is_utf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (const char* text :
       {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5"})
    EXPECT_FALSE(is_utf8(text)) << Json(text).dump(-1, ' ', true, Json::error_handler_t::ignore);
}

class Listening : public ApiTest {};

TEST_F(Listening, socket_is_for_its_owner_alone_without_the_group) {
  start();
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
}

TEST_F(Listening, socket_is_for_the_group_where_there_is_one) {
  const struct group* own = getgrgid(getegid());
  ASSERT_NE(own, nullptr);
  const runtime::Fd socket = listen_at(path_, own->gr_name);
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0660U);
  EXPECT_EQ(info.st_gid, getegid());
}

TEST_F(Listening, second_server_is_refused_and_a_dead_socket_replaced) {
  start();
  try {
    listen_at(path_, "none");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBusy);
  }
  stop();
  { const runtime::Fd dead = listen_at(path_, "none"); }
  EXPECT_TRUE(runtime::exists(path_));
  start();
  EXPECT_EQ(client().request("GET", "/v1").status, 200);
  stop();
  EXPECT_FALSE(runtime::exists(path_));
}

TEST_F(Listening, other_files_are_left_alone) {
  runtime::replace_file(path_, "mine", 0600, false);
  EXPECT_THROW(listen_at(path_, "none"), Error);
  EXPECT_EQ(runtime::read_file(path_), "mine");
  EXPECT_THROW(listen_at("/" + std::string(200, 'a'), "none"), Error);
}

}  // namespace
}  // namespace croft::ctl
