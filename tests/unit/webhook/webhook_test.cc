// Settings of webhooks as they come from outside, what each is for, and what is posted of an event.
#include "ctl/webhook/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/webhook/message.h"
#include "ctl/webhook/signature.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string url_problem(const std::string& url) {
  try {
    check_webhook_url(url);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kInvalid);
    return error.what();
  }
  return {};
}

std::string problem(const Json& body) {
  try {
    with_settings({}, body);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(WebhookUrls, AreOfThreeKinds) {
  for (const char* good :
       {"https://example.com/hooks/croft", "http://10.0.0.1:8080", "https://[2001:db8::1]:8443/a?b=c",
        "https://[::1]?x", "http://localhost:65535/", "unix:/run/receiver.sock", "https://example.com/%20"})
    EXPECT_EQ(url_problem(good), "") << good;
  EXPECT_THAT(url_problem("ftp://example.com/"), HasSubstr("must begin with"));
  EXPECT_THAT(url_problem("HTTPS://example.com/"), HasSubstr("must begin with"));
  EXPECT_THAT(url_problem("file:///etc/shadow"), HasSubstr("must begin with"));
  EXPECT_THAT(url_problem(""), HasSubstr("must begin with"));
  EXPECT_THAT(url_problem("unix:run/a"), HasSubstr("absolute path"));
  EXPECT_THAT(url_problem("unix:/" + std::string(107, 'a')), HasSubstr("at most 107"));
}

TEST(WebhookUrls, NameAHostAndNoPassword) {
  for (const char* hostless :
       {"http://", "http:///a", "https://:80/", "http://?a", "http://[::1", "http://[]/"})
    EXPECT_NE(url_problem(hostless), "") << hostless;
  for (const char* port :
       {"http://localhost:/", "http://localhost:0/", "http://localhost:65536/", "http://localhost:99999/",
        "http://localhost:8o/", "http://localhost:123456/", "http://localhost:-1/", "http://[::1]80/"})
    EXPECT_THAT(url_problem(port), HasSubstr("port")) << port;
  EXPECT_THAT(url_problem("https:"
                          "//me:secret@example.com/"),
              HasSubstr("user or password"));
  EXPECT_EQ(url_problem("https://example.com/@me"), "");
}

TEST(WebhookUrls, HaveOneMeaning) {
  for (const std::string& url :
       {std::string("http://localhost/ b"), std::string("http://localhost/\r\nX: y"),
        std::string("http://localhost/\tb"), std::string("http://\xc3\xa4/"),
        std::string("http://localhost/") + '\0', std::string("http://localhost/\x7f")})
    EXPECT_THAT(url_problem(url), HasSubstr("write them as %XX")) << url;
  EXPECT_THAT(url_problem("http://localhost/#b"), HasSubstr("fragment"));
  EXPECT_THAT(url_problem("http:"
                          "//a\\b/"),
              HasSubstr("backslash"));
  EXPECT_THAT(url_problem("http://" + std::string(2048, 'a')), HasSubstr("longer than 2048"));
}

TEST(WebhookNames, AreShortAndPlain) {
  for (const char* good : {"billing", "a", "0.a_b-c"}) EXPECT_NO_THROW(check_webhook_name(good)) << good;
  for (const std::string& bad : {std::string(), std::string("-a"), std::string(".a"), std::string("a/b"),
                                 std::string("a b"), std::string(64, 'a'), std::string("*")})
    EXPECT_THROW(check_webhook_name(bad), Error) << bad;
}

TEST(WebhookSettings, AreReadOverWhatThereIs) {
  const Webhook first = with_settings({}, {{"url", "http://localhost/"}});
  EXPECT_THAT(first.events, ElementsAre("*"));
  const Webhook next = with_settings(first, {{"events", {"container.*", "host.[ab]"}}, {"tenant", "acme"}});
  EXPECT_EQ(next.url, "http://localhost/");
  EXPECT_THAT(next.events, ElementsAre("container.*", "host.[ab]"));
  EXPECT_EQ(next.tenant, "acme");
  EXPECT_EQ(with_settings(next, {{"tenant", nullptr}}).tenant, "");
}

TEST(WebhookSettings, AllThatIsWrongIsTold) {
  const std::string all =
      problem({{"url", "x"}, {"events", Json::array()}, {"tenant", 3}, {"ca", "x"}, {"secret", "whsec_x"}});
  for (const char* field : {"url", "events", "tenant", "ca", "secret"}) EXPECT_THAT(all, HasSubstr(field));
  EXPECT_THAT(problem(Json::object()), HasSubstr("url"));
  EXPECT_THAT(problem({{"url", nullptr}}), HasSubstr("must be a text"));
  EXPECT_THAT(problem({{"url", "http://localhost"}, {"events", {"a b"}}}), HasSubstr("no pattern"));
  EXPECT_THAT(problem({{"url", "http://localhost"}, {"events", {7}}}), HasSubstr("must be texts"));
  EXPECT_THAT(problem({{"url", "http://localhost"}, {"ca", std::string(70'000, 'x')}}),
              HasSubstr("longer than"));
  EXPECT_THAT(problem({{"secret", "whsec_hush"}, {"url", "http://localhost"}}), Not(HasSubstr("hush")));
}

TEST(WebhookSettings, AreStoredWholeAndShownWithoutSecrets) {
  Webhook webhook = with_settings({}, {{"url", "http://localhost/"}, {"events", {"a.*"}}, {"tenant", "t"}});
  webhook.name = "n";
  webhook.secret = new_secret();
  webhook.old_secret = new_secret();
  webhook.old_until = 12;
  webhook.created = "2026-11-02T10:11:12.123456Z";
  EXPECT_EQ(stored_webhook("n", stored_json(webhook)), webhook);
  EXPECT_THAT(settings_json(webhook).dump(), Not(HasSubstr("whsec")));
  const WebhookState state{
      .position = 7, .failures = 2, .failing_since = 3, .next_at = 4, .paused = "p", .last = 5};
  EXPECT_EQ(to_json(stored_state(to_json(state))), to_json(state));
}

Event event_of(const std::string& kind, const std::string& object = "default/web1",
               const std::string& uuid = "u") {
  Event event;
  event.number = 4711;
  event.time = "2026-11-02T10:11:12.123456Z";
  event.kind = kind;
  event.object = object;
  event.uuid = uuid;
  return event;
}

TEST(Webhooks, WantWhatTheirPatternsSay) {
  Webhook webhook;
  EXPECT_TRUE(wants(webhook, event_of("container.started")));
  webhook.events = {"container.st*", "resource.oom"};
  EXPECT_TRUE(wants(webhook, event_of("container.started")));
  EXPECT_TRUE(wants(webhook, event_of("container.stopped")));
  EXPECT_TRUE(wants(webhook, event_of("resource.oom")));
  EXPECT_FALSE(wants(webhook, event_of("container.created")));
  EXPECT_FALSE(wants(webhook, event_of("resource.oomed")));
}

TEST(Webhooks, NeverWantWhatIsAboutWebhooks) {
  Webhook webhook;
  webhook.events = {"*", "webhook.*", "webhook.gave-up"};
  for (const char* kind : {"webhook.added", "webhook.gave-up", "webhook.paused"})
    EXPECT_FALSE(wants(webhook, event_of(kind, "hook", ""))) << kind;
}

TEST(Webhooks, OfATenantWantItsContainersAlone) {
  Webhook webhook;
  webhook.tenant = "acme";
  EXPECT_TRUE(wants(webhook, event_of("container.started", "acme/web1")));
  EXPECT_FALSE(wants(webhook, event_of("container.started", "acme2/web1")));
  EXPECT_FALSE(wants(webhook, event_of("container.started", "default/acme")));
  EXPECT_FALSE(wants(webhook, event_of("tenant.changed", "acme", "")));
  EXPECT_FALSE(wants(webhook, event_of("host.changed", "acme/", "")));
}

TEST(Messages, HaveTheFormOfTheSpecification) {
  const Origin origin{"here", "node7"};
  Event event = event_of("container.started");
  event.after = {{"state", "running"}};
  const Json body = Json::parse(message_body(origin, event));
  EXPECT_EQ(body.size(), 3U);
  EXPECT_EQ(body["type"], "container.started");
  EXPECT_EQ(body["timestamp"], event.time);
  EXPECT_EQ(body["data"]["number"], 4711);
  EXPECT_EQ(body["data"]["host"], "node7");
  EXPECT_EQ(body["data"]["after"]["state"], "running");
  EXPECT_EQ(message_id(origin, event), "here-4711-20261102101112123456");
  EXPECT_EQ(Json::parse(test_body(origin, "n", event.time))["type"], "webhook.test");
}

TEST(Messages, HideWhatContainersKeepSecret) {
  Event event = event_of("container.created");
  event.after = {{"spec",
                  {{"env", {{"PASSWORD", "hush"}}},
                   {"credential", {{"a", "hush"}}},
                   {"cloud_init", {{"user_data", "hush"}}},
                   {"environment", "kept"}}},
                 {"name", "web1"}};
  event.before = {
      {"env.PASSWORD", "hush"}, {"credential.a", "hush"}, {"cloud_init.user_data", "hush"}, {"note", "x"}};
  const std::string text = message_body({"o", "h"}, event);
  EXPECT_THAT(text, Not(HasSubstr("hush")));
  EXPECT_THAT(text, HasSubstr("kept"));
  EXPECT_TRUE(Json::parse(text)["data"]["before"].contains("env.PASSWORD"));
}

TEST(Messages, AreSignedByTheNewSecretAndForATimeByTheOld) {
  Webhook webhook = with_settings({}, {{"url", "http://localhost/"}});
  webhook.secret = new_secret();
  webhook.old_secret = new_secret();
  webhook.old_until = 1000;
  const std::string both = post_of(webhook, "id", "{}", 999).headers.back();
  EXPECT_EQ(both, "webhook-signature: " + signature_of(webhook.secret, "id", 999, "{}") + " " +
                      signature_of(webhook.old_secret, "id", 999, "{}"));
  const PostRequest later = post_of(webhook, "id", "{}", 1000);
  EXPECT_EQ(later.headers.back(), "webhook-signature: " + signature_of(webhook.secret, "id", 1000, "{}"));
  EXPECT_THAT(later.headers, testing::Contains("webhook-id: id"));
  EXPECT_THAT(later.headers, testing::Contains("webhook-timestamp: 1000"));
  EXPECT_THAT(to_wire(later), Not(HasSubstr("whsec")));
}

TEST(Wire, BothWaysAreTheSame) {
  PostRequest post{
      .url = "http://localhost/", .ca = "c", .headers = {"a: b", "c: d"}, .body = "\"\n\xc3\xa4"};
  const PostRequest read = read_post(to_wire(post));
  EXPECT_EQ(std::tie(read.url, read.ca, read.headers, read.body),
            std::tie(post.url, post.ca, post.headers, post.body));
  Sent sent;
  sent.status = 503;
  sent.said = "busy";
  sent.retry_after = std::chrono::seconds(7);
  const Sent told = read_sent(to_wire(sent));
  EXPECT_EQ(told.status, 503);
  EXPECT_EQ(told.said, "busy");
  EXPECT_EQ(told.retry_after, std::chrono::seconds(7));
}

TEST(Wire, AnAnswerIsBoundedWhateverItSays) {
  for (const char* junk :
       {"", "{", "[]", "7", R"({"status":"x"})", R"({"status":99999999999999,"said":"","ms":1})"})
    EXPECT_EQ(read_sent(junk).status, 0) << junk;
  const Sent sent = read_sent(R"({"status":200000,"said":"a\nb\u001b[2J","ms":-5,"retry_after":99999999})");
  EXPECT_EQ(sent.status, 0);
  EXPECT_EQ(sent.said, "a b [2J");
  EXPECT_EQ(sent.took.count(), 0);
  EXPECT_EQ(sent.retry_after, kLongestPause);
  EXPECT_LE(read_sent(Json{{"status", 0}, {"said", std::string(7000, 'x')}, {"ms", 1}}.dump()).said.size(),
            512U);
}

}  // namespace
}  // namespace croft::ctl
