// Operations: 202, ?wait=, progress, cancelling, and what a restart of the daemon leaves of them.
#include <gmock/gmock.h>

#include "tests/unit/api/fixture.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

class OperationsTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    start();
  }
  Json begin(const std::string& name) {
    const Response response = client().request("POST", "/v1/containers/" + name + "/start");
    EXPECT_EQ(response.status, 202);
    Json operation = response.json();
    EXPECT_EQ(response.headers.at("location"), "/v1/operations/" + operation["id"].get<std::string>());
    return operation;
  }
  Json show(const Json& operation) {
    return client().call("GET", "/v1/operations/" + operation["id"].get<std::string>());
  }
};

TEST_F(OperationsTest, without_wait_the_answer_is_202_and_the_operation_is_kept) {
  backend_->hold();
  const Json operation = begin("web1");
  EXPECT_EQ(operation["status"], "running");
  EXPECT_EQ(operation["verb"], "container.start");
  EXPECT_EQ(operation["object"], "default/web1");
  EXPECT_EQ(backend_->kept_of("operation"), 1U);
  EXPECT_TRUE(eventually([&] { return show(operation)["progress"]["percent"] == 40; }));
  EXPECT_EQ(show(operation)["progress"]["what"], "mounting");
  backend_->let_go();
  EXPECT_TRUE(eventually([&] { return show(operation)["status"] == "done"; }));
  EXPECT_EQ(show(operation)["result"]["state"], "running");
  EXPECT_TRUE(show(operation)["error"].is_null());
}

TEST_F(OperationsTest, with_wait_the_finished_operation_is_the_answer_and_nothing_is_stored) {
  const Response response = client().request("POST", "/v1/containers/web1/start?wait=30");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.json()["status"], "done");
  EXPECT_EQ(backend_->kept_of("operation"), 0U);
}

TEST_F(OperationsTest, wait_that_is_too_short_is_202) {
  backend_->hold();
  const Response response = client().request("POST", "/v1/containers/web1/start?wait=1");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(backend_->kept_of("operation"), 1U);
  const Response later = client().request("GET", response.headers.at("location") + "?wait=1");
  EXPECT_EQ(later.json()["status"], "running");
  std::thread release([this] { backend_->let_go(); });
  const Response last = client().request("GET", response.headers.at("location") + "?wait=30");
  release.join();
  EXPECT_EQ(last.json()["status"], "done");
}

TEST_F(OperationsTest, failure_is_a_problem_in_the_operation_and_logged_once) {
  const Response response = client().request("POST", "/v1/containers/broken/start?wait=30");
  EXPECT_EQ(response.status, 200);
  const Json operation = response.json();
  EXPECT_EQ(operation["status"], "failed");
  EXPECT_EQ(operation["error"]["code"], "system");
  EXPECT_EQ(operation["error"]["operation"], operation["id"]);
  ASSERT_EQ(logged().size(), 1U);
  EXPECT_EQ(logged()[0].verb, "container.start");
  EXPECT_EQ(logged()[0].object, "default/broken");
}

TEST_F(OperationsTest, exception_of_another_type_is_a_failure_too) {
  const Json operation = client().call("POST", "/v1/containers/odd/start?wait=30");
  EXPECT_EQ(operation["status"], "failed");
  EXPECT_EQ(operation["error"]["code"], "system");
}

TEST_F(OperationsTest, perform_gives_the_result_or_throws_the_error) {
  Client c = client();
  EXPECT_EQ(c.perform("POST", "/v1/containers/web1/start")["state"], "running");
  EXPECT_EQ(c.perform("POST", "/v1/containers?dry_run=0", Json{{"name", "a"}})["name"], "a");
  try {
    c.perform("POST", "/v1/containers/broken/start");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kSystem);
    EXPECT_STREQ(error.what(), "cannot mount `broken`: Input/output error");
  }
}

TEST_F(OperationsTest, perform_reports_progress) {
  backend_->hold();
  std::vector<std::string> seen;
  const Json result =
      client().perform("POST", "/v1/containers/web1/start", {}, [&](const std::string& what, int percent) {
        seen.push_back(what + std::to_string(percent));
        backend_->let_go();
      });
  EXPECT_EQ(result["state"], "running");
  EXPECT_THAT(seen, testing::ElementsAre("mounting40"));
}

TEST_F(OperationsTest, cancel_sets_the_flag_and_a_finished_one_cannot_be_cancelled) {
  backend_->hold();
  const Json operation = begin("web1");
  client().cancel_operation(operation["id"]);
  EXPECT_TRUE(eventually([&] { return show(operation)["status"] == "cancelled"; }));
  try {
    client().wait_operation(operation["id"]);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConflict);
  }
  EXPECT_THROW(client().cancel_operation(operation["id"]), Error);
  EXPECT_EQ(client().request("DELETE", "/v1/operations/none").status, 404);
}

TEST_F(OperationsTest, list_is_in_the_order_of_time) {
  std::vector<std::string> begun;
  for (const char* name : {"web2", "web1", "web3"}) {
    begun.push_back(begin(name)["id"]);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // ids tell milliseconds apart
  }
  std::vector<std::string> listed;
  const Json list = client().call("GET", "/v1/operations");
  for (const Json& item : list["items"]) listed.push_back(item["id"]);
  EXPECT_EQ(listed, begun);
}

TEST_F(OperationsTest, list_is_filtered) {
  client().call("POST", "/v1/containers/web1/start?wait=30");
  client().call("POST", "/v1/containers/broken/start?wait=30");
  EXPECT_EQ(client().call("GET", "/v1/operations")["items"].size(), 2U);
  const Json failed = client().call("GET", "/v1/operations?filter=status+eq+failed&fields=object");
  EXPECT_EQ(failed["items"], Json::array({{{"object", "default/broken"}}}));
}

TEST_F(OperationsTest, finished_ones_are_bounded_and_forgotten_in_the_store) {
  stop();
  limits_.dispatch.finished_operations = 3;
  start();
  std::vector<Json> all;
  for (int i = 0; i < 6; ++i) {
    all.push_back(begin("web" + std::to_string(i)));
    client().wait_operation(all.back()["id"]);
  }
  EXPECT_TRUE(eventually([&] { return backend_->kept_of("operation") == 3U; }));
  EXPECT_EQ(client().call("GET", "/v1/operations")["items"].size(), 3U);
  EXPECT_EQ(client().request("GET", "/v1/operations/" + all[0]["id"].get<std::string>()).status, 404);
}

// A daemon that is killed leaves "running" in the store; the test leaves just that.
TEST_F(OperationsTest, what_a_killed_daemon_did_not_finish_reads_as_interrupted) {
  backend_->hold();
  const Json lost = begin("web1");
  const Store at_death = *store_;
  backend_->let_go();
  client().wait_operation(lost["id"]);
  const Json done = begin("web2");
  client().wait_operation(done["id"]);
  stop();
  for (const auto& [key, text] : at_death) (*store_)[key] = text;
  start();
  const Json operation = show(lost);
  EXPECT_EQ(operation["status"], "interrupted");
  EXPECT_EQ(operation["error"]["retryable"], true);
  EXPECT_EQ(operation["object"], "default/web1");
  EXPECT_EQ(operation["created"], lost["created"]);
  EXPECT_EQ(show(done)["status"], "done");
  EXPECT_EQ(show(done)["result"]["name"], "web2");
  try {
    client().wait_operation(lost["id"]);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
  }
}

TEST_F(OperationsTest, unreadable_records_are_dropped) {
  stop();
  (*store_)[{"operation", "x"}] = "{not json";
  (*store_)[{"idempotency", "y"}] = "[]";
  start();
  EXPECT_EQ(client().call("GET", "/v1/operations")["items"].size(), 0U);
  EXPECT_TRUE(store_->empty());
}

TEST_F(OperationsTest, too_many_are_refused_and_can_be_tried_again) {
  stop();
  limits_.dispatch.operations = {1, 1, std::chrono::seconds(1)};
  start();
  backend_->hold();
  begin("web1");
  begin("web2");
  EXPECT_TRUE(eventually([&] {
    const Response response = client().request("POST", "/v1/containers/web3/start");
    return response.status == 503 && response.json()["retryable"] == true;
  }));
  backend_->let_go();
  EXPECT_TRUE(
      eventually([&] { return client().request("POST", "/v1/containers/web3/start?wait=5").status == 200; }));
}

class IdempotencyTest : public OperationsTest {
 protected:
  Response create(const std::string& name, const std::string& key) {
    return client().request("POST", "/v1/containers", Json{{"name", name}}, {{"Idempotency-Key", key}});
  }
};

TEST_F(IdempotencyTest, same_key_and_request_gives_the_first_answer) {
  const Response first = create("web1", "k1");
  const Response second = create("web1", "k1");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.text, first.text);
  EXPECT_EQ(second.headers.at("etag"), first.headers.at("etag"));
  EXPECT_EQ(second.headers.at("location"), first.headers.at("location"));
  EXPECT_EQ(backend_->calls("container.create"), 1);
}

TEST_F(IdempotencyTest, same_key_and_other_request_is_422) {
  create("web1", "k1");
  const Response response = create("web2", "k1");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.json()["code"], "invalid");
  EXPECT_EQ(backend_->calls("container.create"), 1);
}

TEST_F(IdempotencyTest, outlives_the_daemon) {
  const Response first = create("web1", "k1");
  stop();
  start();
  EXPECT_EQ(create("web1", "k1").text, first.text);
  EXPECT_EQ(backend_->calls("container.create"), 0);
  EXPECT_EQ(create("web2", "k1").status, 422);
}

TEST_F(IdempotencyTest, refusals_are_answers_too_but_what_may_be_retried_is_not_kept) {
  create("web1", "k1");
  EXPECT_EQ(create("web1", "k2").status, 409);
  EXPECT_EQ(create("web1", "k2").status, 409);
  EXPECT_EQ(create("web1", "k2").headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(backend_->calls("container.create"), 2);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(
        client()
            .request("POST", "/v1/containers/web1/rename", Json{{"name", "b"}}, {{"Idempotency-Key", "k3"}})
            .status,
        423);
  EXPECT_EQ(backend_->calls("container.rename"), 2);
}

TEST_F(IdempotencyTest, operation_is_the_same_operation) {
  backend_->hold();
  const Headers key = {{"Idempotency-Key", "k1"}};
  const Json first = client().call("POST", "/v1/containers/web1/start", {}, key);
  const Json second = client().call("POST", "/v1/containers/web1/start", {}, key);
  EXPECT_EQ(second["id"], first["id"]);
  backend_->let_go();
  client().wait_operation(first["id"]);
  const Response third = client().request("POST", "/v1/containers/web1/start", {}, key);
  EXPECT_EQ(third.status, 202);
  EXPECT_EQ(third.json()["status"], "done");
  EXPECT_EQ(third.json()["id"], first["id"]);
  EXPECT_EQ(backend_->calls("container.start"), 1);
}

TEST_F(IdempotencyTest, unknown_end_of_the_first_request_is_said) {
  create("web1", "k1");
  stop();
  for (auto& [key, text] : *store_) {
    Json record = Json::parse(text);
    record["answer"] = nullptr;  // what a daemon leaves that dies inside the call
    text = record.dump();
  }
  start();
  const Response response = create("web1", "k1");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.json()["code"], "conflict");
  EXPECT_EQ(backend_->calls("container.create"), 0);
}

TEST_F(IdempotencyTest, keys_are_bounded_and_the_oldest_goes) {
  stop();
  limits_.dispatch.idempotency.keys = 5;
  start();
  for (int i = 0; i < 20; ++i) create("web" + std::to_string(i), "k" + std::to_string(i));
  EXPECT_LE(backend_->kept_of("idempotency"), 6U);
}

TEST_F(IdempotencyTest, bad_keys_are_refused) {
  for (const std::string& key : {std::string("a b"), std::string(129, 'k'), std::string()})
    EXPECT_EQ(create("web1", key).status, 400) << key;
  EXPECT_EQ(client().request("GET", "/v1/containers", {}, {{"Idempotency-Key", "a"}}).status, 400);
}

}  // namespace
}  // namespace croft::ctl
