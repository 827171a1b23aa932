// What the journal of events forgets stays in the history: who changed what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using testing::ElementsAre;

struct History : RegistryTest {
  std::vector<std::uint64_t> numbers(std::string_view object, std::uint64_t after = 0,
                                     std::size_t limit = 10'000) const {
    std::vector<std::uint64_t> found;
    for (const Event& event : registry->history(object, after, limit)) found.push_back(event.number);
    return found;
  }
};

TEST_F(History, KeepsWhatTheJournalForgetsButNotWhatResourcesTell) {
  registry.reset();
  registry = open(64);
  for (std::uint64_t i = 1; i <= 1000; ++i)
    registry->append_event(draft(i % 2 == 0 ? "resource.barrier" : "container.changed"), "default/web1",
                           "u1");
  EXPECT_THROW((void)registry->events_after(0, 1), runtime::Error);
  const std::vector<Event> all = registry->history("default/web1", 0, 10'000);
  EXPECT_EQ(all.size(), 500U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].number, 2 * i + 1);
    EXPECT_EQ(all[i].kind, "container.changed");
    EXPECT_EQ(all[i].actor["origin"], "test");
  }
  reopen();
  EXPECT_EQ(registry->history("", 0, 10'000).size(), 500U);
}

TEST_F(History, FollowsAContainerThroughItsNames) {
  registry->append_event(draft("container.created"), "default/old", "u1");    // 1
  registry->append_event(draft("container.created"), "default/other", "u2");  // 2
  registry->append_event(draft("container.renamed"), "default/old", "u1");    // 3
  registry->append_event(draft("container.changed"), "default/new", "u1");    // 4
  registry->append_event(draft("container.created"), "default/old", "u3");    // 5
  registry->append_event(draft("tenant.created"), "acme", "");                // 6
  EXPECT_THAT(numbers("default/new"), ElementsAre(1, 3, 4));
  EXPECT_THAT(numbers("default/old"), ElementsAre(1, 3, 4, 5));
  EXPECT_THAT(numbers("u2"), ElementsAre(2));
  EXPECT_THAT(numbers("acme"), ElementsAre(6));
  EXPECT_THAT(numbers("nobody"), ElementsAre());
}

TEST_F(History, IsReadPieceByPiece) {
  for (int i = 0; i < 5; ++i) registry->append_event(draft("container.changed"), "default/a", "u");
  EXPECT_THAT(numbers("default/a", 0, 2), ElementsAre(1, 2));
  EXPECT_THAT(numbers("default/a", 2, 2), ElementsAre(3, 4));
  EXPECT_THAT(numbers("", 4, 2), ElementsAre(5));
}

struct Suspension : RegistryTest {};

TEST_F(Suspension, IsKeptAndTold) {
  const std::string uuid = registry->create_container(container("web1"), draft("container.created")).uuid;
  EXPECT_TRUE(registry->get("web1").suspended.is_null());
  const Json why{{"reason", "unpaid"}, {"ran", true}};
  registry->set_suspended(uuid, why, draft("container.suspended"));
  reopen();
  EXPECT_EQ(registry->get("web1").suspended, why);
  const Event event = registry->history("default/web1", 0, 10).back();
  EXPECT_EQ(event.after["suspended"], why);
  EXPECT_TRUE(event.before["suspended"].is_null());
  registry->set_suspended(uuid, nullptr, draft("container.unsuspended"));
  reopen();
  EXPECT_TRUE(registry->get("web1").suspended.is_null());
}

}  // namespace
}  // namespace croft::ctl
