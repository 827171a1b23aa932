// The conventions of the API, seen through the client: routes, problems, preconditions, dry run, lists.
#include <gmock/gmock.h>

#include "tests/unit/api/fixture.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

class Conventions : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    start();
    backend_->add_container("00000000-0000-4000-8000-0000000000b2", "web1", "running");
    backend_->add_container("00000000-0000-4000-8000-0000000000a1", "db1", "stopped");
    backend_->add_container("00000000-0000-4000-8000-0000000000c3", "web2", "stopped");
  }

  // Status and problem code of what must fail.
  std::pair<int, std::string> failure(std::string_view method, std::string_view target,
                                      const std::optional<Json>& body = {}, const Headers& headers = {}) {
    const Response response = client().request(method, target, body, headers);
    EXPECT_EQ(response.headers.at("content-type"), "application/problem+json") << response.text;
    const Json problem = response.json();
    EXPECT_EQ(problem.value("status", 0), response.status);
    EXPECT_EQ(problem.value("type", ""), "about:blank");
    EXPECT_TRUE(problem.contains("title") && problem.contains("detail") && problem.contains("fields") &&
                problem.contains("operation") && problem.contains("retryable"));
    return {response.status, problem.value("code", "")};
  }
};

TEST_F(Conventions, root_answers_the_version) {
  EXPECT_EQ(client().call("GET", "/v1").value("name", ""), "croft");
}

TEST_F(Conventions, unknown_route_is_404_and_wrong_method_405_with_allow) {
  EXPECT_EQ(failure("GET", "/v1/nothing"), std::pair(404, std::string("not-found")));
  EXPECT_EQ(failure("GET", "/v2"), std::pair(404, std::string("not-found")));
  const Response response = client().request("DELETE", "/v1/containers");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.at("allow"), "GET, POST");
}

TEST_F(Conventions, unknown_query_key_is_400_and_names_it) {
  const Response response = client().request("GET", "/v1/containers?tenat=a");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.json()["fields"][0]["path"], "tenat");
  EXPECT_EQ(failure("GET", "/v1/containers?limit=1&limit=2").first, 400);
  EXPECT_EQ(failure("POST", "/v1/containers/web1/start?dry_run=yes").first, 400);
  EXPECT_EQ(failure("POST", "/v1/containers/web1/start?wait=56").first, 400);
}

// Whoever asks for `all_tenants=true` must not be answered as if it were 0.
TEST_F(Conventions, a_value_that_is_none_of_its_parameters_is_400_and_says_which_there_are) {
  const std::pair<const char*, const char*> cases[] = {
      {"/v1/containers?all_tenants=true", "all_tenants: must be 0 or 1, not `true`"},
      {"/v1/resources?used=2", "used: must be 0 or 1, not `2`"},
      {"/v1/resources?used=yes&all_tenants=",
       "all_tenants: must be 0 or 1, not ``; used: must be 0 or 1, not `yes`"},
      {"/v1/events?follow=on", "follow: must be 0 or 1, not `on`"},
      {"/v1/containers/web1/wait?for=gone", "for: must be running, up or stopped, not `gone`"}};
  for (const auto& [target, detail] : cases) {
    const Response response = client().request("GET", target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_EQ(response.json().value("detail", ""), detail);
  }
  EXPECT_EQ(failure("DELETE", "/v1/containers/web1?force=x"), std::pair(400, std::string("invalid")));
  EXPECT_EQ(client().request("GET", "/v1/containers?all_tenants=0").status, 200);
}

TEST_F(Conventions, error_of_the_backend_comes_back_whole_at_the_client) {
  try {
    client().call("POST", "/v1/containers", Json{{"name", ""}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
    ASSERT_EQ(error.fields().size(), 2U);
    EXPECT_EQ(error.fields()[1], (runtime::FieldError{"spec.template", "is missing"}));
    EXPECT_STREQ(error.what(), "name: must not be empty; spec.template: is missing");
  }
}

TEST_F(Conventions, every_kind_has_its_status) {
  EXPECT_EQ(failure("GET", "/v1/containers/none"), std::pair(404, std::string("not-found")));
  EXPECT_EQ(failure("POST", "/v1/containers", Json{{"name", "web1"}}), std::pair(409, std::string("exists")));
  EXPECT_EQ(failure("POST", "/v1/containers/web1/rename", Json{{"name", "x"}}),
            std::pair(423, std::string("busy")));
}

TEST_F(Conventions, created_has_location_and_strong_tag) {
  const Response response = client().request("POST", "/v1/containers", Json{{"name", "new"}});
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.headers.at("etag"), "\"g1\"");
  EXPECT_TRUE(response.headers.at("location").starts_with("/v1/containers/0000"));
}

TEST_F(Conventions, if_match_that_fails_is_412_conflict_and_changes_nothing) {
  EXPECT_EQ(failure("PATCH", "/v1/containers/web1", Json{{"set", Json::object()}}, {{"If-Match", "\"g7\""}}),
            std::pair(412, std::string("conflict")));
  EXPECT_EQ(backend_->calls("container.set"), 0);
  const Response good = client().request("PATCH", "/v1/containers/web1?wait=5", Json{{"set", Json::object()}},
                                         {{"If-Match", "\"g1\""}});
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.json().at("result").at("generation"), 2);
  EXPECT_EQ(backend_->last_call("container.set").if_match, "g1");
}

TEST_F(Conventions, if_match_guards_operations_too) {
  EXPECT_EQ(failure("POST", "/v1/containers/web1/start?wait=5", {}, {{"If-Match", "\"g7\""}}),
            std::pair(412, std::string("conflict")));
  EXPECT_EQ(backend_->calls("container.start"), 0);
}

TEST_F(Conventions, bad_tags_are_refused) {
  for (const char* tag : {"g1", "W/\"g1\"", "\"a\", \"b\"", "\"", ""})
    EXPECT_EQ(failure("PATCH", "/v1/containers/web1", Json{{"set", 1}}, {{"If-Match", tag}}).first, 400)
        << tag;
  EXPECT_EQ(failure("POST", "/v1/containers", Json{{"name", "a"}}, {{"If-Match", "\"a\""}}).first, 400);
}

TEST_F(Conventions, if_none_match_star_makes_exists_a_412) {
  EXPECT_EQ(failure("POST", "/v1/containers", Json{{"name", "web1"}}, {{"If-None-Match", "*"}}),
            std::pair(412, std::string("exists")));
  EXPECT_EQ(client().request("POST", "/v1/containers", Json{{"name", "n"}}, {{"If-None-Match", "*"}}).status,
            201);
}

TEST_F(Conventions, known_tag_gives_304_without_a_body) {
  const Response response = client().request("GET", "/v1/containers/web1", {}, {{"If-None-Match", "\"g1\""}});
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.text, "");
}

TEST_F(Conventions, dry_run_reaches_the_backend_for_quick_verbs_and_operations) {
  EXPECT_EQ(client().call("POST", "/v1/containers?dry_run=1", Json{{"name", "x"}})["changes"].size(), 1U);
  const Response start = client().request("POST", "/v1/containers/web1/start?dry_run=1");
  EXPECT_EQ(start.status, 200);
  EXPECT_TRUE(start.json().contains("changes"));
  EXPECT_TRUE(backend_->last_call("container.start").dry_run);
  EXPECT_FALSE(backend_->last_call("container.create").query.contains("dry_run"));
}

TEST_F(Conventions, bodies_are_checked) {
  EXPECT_EQ(failure("POST", "/v1/containers").first, 400);
  EXPECT_EQ(failure("POST", "/v1/containers/web1/freeze", Json{{"a", 1}}).first, 400);
  EXPECT_EQ(failure("POST", "/v1/containers", Json::array()).first, 400);
  EXPECT_EQ(failure("POST", "/v1/containers", {}, {{"Content-Type", "text/plain"}}).first, 400);
}

TEST_F(Conventions, fault_injection_is_refused_unless_allowed) {
  EXPECT_EQ(failure("POST", "/v1/containers/web1/start", {}, {{"X-Croft-Fail-At", "3"}}),
            std::pair(403, std::string("refused")));
  stop();
  allow_faults_ = true;
  start();
  const Json operation =
      client().call("POST", "/v1/containers/web1/start?wait=5", {}, {{"X-Croft-Fail-At", "3"}});
  EXPECT_EQ(operation.value("status", ""), "failed");
  EXPECT_EQ(backend_->last_call("container.start").fail_at, 3);
}

TEST_F(Conventions, actor_is_the_peer) {
  client().call("GET", "/v1");
  const Actor actor = backend_->last_call("version").actor;
  EXPECT_EQ(actor.uid, getuid());
  EXPECT_EQ(actor.pid, getpid());
  EXPECT_EQ(actor.origin, "unix");
}

std::vector<std::string> names_of(const Json& page) {
  std::vector<std::string> names;
  for (const Json& item : page.at("items")) names.push_back(item.value("name", "?"));
  return names;
}

TEST_F(Conventions, lists_are_sorted_by_uuid_and_paged_by_cursor) {
  Client c = client();
  EXPECT_THAT(names_of(c.call("GET", "/v1/containers")), testing::ElementsAre("db1", "web1", "web2"));
  const Json first = c.call("GET", "/v1/containers?limit=2");
  EXPECT_THAT(names_of(first), testing::ElementsAre("db1", "web1"));
  const Json second = c.call("GET", "/v1/containers?limit=2&cursor=" + first["next"].get<std::string>());
  EXPECT_THAT(names_of(second), testing::ElementsAre("web2"));
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(failure("GET", "/v1/containers?cursor=zz").first, 400);
  EXPECT_EQ(failure("GET", "/v1/containers?limit=0").first, 400);
  EXPECT_EQ(failure("GET", "/v1/containers?limit=10001").first, 400);
}

TEST_F(Conventions, fields_and_filter) {
  Client c = client();
  const Json page = c.call("GET", "/v1/containers?fields=name,state&filter=state+eq+stopped");
  EXPECT_THAT(names_of(page), testing::ElementsAre("db1", "web2"));
  EXPECT_EQ(page["items"][0].size(), 2U);
  EXPECT_THAT(names_of(c.call(
                  "GET", with_query("/v1/containers", {{"filter", "name eq 'web*' and state ne running"}}))),
              testing::ElementsAre("web2"));
  EXPECT_THAT(names_of(c.call("GET", with_query("/v1/containers", {{"filter", "label.role eq db1"}}))),
              testing::ElementsAre("db1"));
  EXPECT_EQ(failure("GET", "/v1/containers?fields=nme").first, 400);
  EXPECT_EQ(failure("GET", with_query("/v1/containers", {{"filter", "colour eq red"}})).first, 400);
  EXPECT_EQ(failure("GET", with_query("/v1/containers", {{"filter", "state is running"}})).first, 400);
  EXPECT_EQ(c.call("GET", "/v1/containers/web1?fields=name").size(), 1U);
}

TEST_F(Conventions, the_backend_sees_only_its_own_query_keys) {
  client().call("GET", "/v1/containers?tenant=a&limit=3&fields=name");
  EXPECT_EQ(backend_->last_call("container.list").query,
            (std::map<std::string, std::string>{{"tenant", "a"}}));
}

TEST_F(Conventions, path_parts_are_decoded) {
  EXPECT_EQ(failure("GET", "/v1/containers/a%2Fb").first, 404);
  EXPECT_EQ(backend_->last_call("container.show").path.at("ref"), "a/b");
  EXPECT_EQ(failure("GET", "/v1/containers/a%00b").first, 400);
  EXPECT_EQ(failure("GET", "/v1/containers/%ff").first, 400);
  EXPECT_EQ(failure("GET", "/v1/containers/%4").first, 400);
}

}  // namespace
}  // namespace croft::ctl
