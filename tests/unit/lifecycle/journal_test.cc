#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using runtime::ErrorKind;

struct Journal : RegistryTest {};

TEST_F(Journal, EventsAreNumberedFromOneAndReplayed) {
  EXPECT_EQ(registry->last_event(), 0U);
  EXPECT_TRUE(registry->events_after(0, 10).empty());
  EventDraft full = draft("host.checked");
  full.before = {{"a", 1}};
  full.after = {{"a", 2}};
  full.detail = "text";
  EXPECT_EQ(registry->append_event(full, "host", ""), 1U);
  EXPECT_EQ(registry->append_event(draft("other"), "default/web1", "uuid"), 2U);
  reopen();
  const auto events = registry->events_after(0, 10);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].number, 1U);
  EXPECT_EQ(events[0].kind, "host.checked");
  EXPECT_EQ(events[0].object, "host");
  EXPECT_EQ(events[0].actor["origin"], "test");
  EXPECT_EQ(events[0].before, full.before);
  EXPECT_EQ(events[0].after, full.after);
  EXPECT_EQ(events[0].detail, "text");
  EXPECT_EQ(events[1].uuid, "uuid");
  EXPECT_TRUE(events[1].before.is_null());
  EXPECT_EQ(registry->events_after(1, 10).size(), 1U);
  EXPECT_EQ(registry->events_after(0, 1).size(), 1U);
  EXPECT_TRUE(registry->events_after(99, 10).empty());
}

TEST_F(Journal, IsBoundedAndItsNumbersNeverRestart) {
  registry.reset();
  registry = open(100);
  for (std::uint64_t i = 1; i <= 1000; ++i) ASSERT_EQ(registry->append_event(draft("tick"), "host"), i);
  registry.reset();
  registry = open(100);
  const auto gone = error_of([&] { (void)registry->events_after(0, 10); });
  EXPECT_EQ(gone.kind(), ErrorKind::kNotFound);
  EXPECT_STREQ(
      gone.what(),
      "event 1 is no longer kept: the journal begins with 861; read the state anew and go on with since=860");
  const auto events = registry->events_after(860, 1000);
  ASSERT_EQ(events.size(), 140U);
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].number, 861 + i);
  registry.reset();
  registry = open(0);
  for (std::uint64_t i = 1001; i <= 1100; ++i) ASSERT_EQ(registry->append_event(draft("tick"), "host"), i);
  EXPECT_EQ(registry->last_event(), 1100U);
}

TEST_F(Journal, NewsAreToldOutsideOfTheLock) {
  registry.reset();
  int told = 0;
  std::uint64_t seen = 0;
  RegistryOptions options;
  options.path = path;
  options.now = [] { return std::string("2026-01-01T00:00:00.000000Z"); };
  options.on_event = [&] {
    ++told;
    seen = registry->last_event();
  };
  registry = std::make_unique<Registry>(options);
  registry->append_event(draft("tick"), "host");
  EXPECT_EQ(told, 1);
  EXPECT_EQ(seen, 1U);
  registry->keep("a", "b", "c");
  EXPECT_EQ(told, 1);
  EXPECT_THROW(registry->create_container(container("x", "nobody"), draft("x")), runtime::Error);
  EXPECT_EQ(told, 1);
  registry->create_container(container("x"), draft("container.created"));
  EXPECT_EQ(told, 2);
  EXPECT_EQ(registry->events_after(1, 1).at(0).time, "2026-01-01T00:00:00.000000Z");
}

TEST_F(Journal, InvalidUtf8OfAnActorIsReplaced) {
  EventDraft bad = draft("tick");
  bad.detail = "a\xff";
  registry->append_event(bad, "host");
  EXPECT_EQ(registry->events_after(0, 1).at(0).detail, "a\xef\xbf\xbd");
}

}  // namespace
}  // namespace croft::ctl
