// Many threads on one registry. Worth the most under the thread sanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

struct Threads : RegistryTest {};

constexpr int kWorkers = 4;
constexpr int kRounds = 25;

// One container from creation to destruction, with all that a daemon does to it.
void live(Registry& registry, const std::string& name) {
  NewContainer wanted = container(name);
  wanted.pool = "default";
  const ContainerRecord made = registry.create_container(wanted, draft("container.created"));
  registry.note_state(made.uuid, note(State::kReady), draft("container.ready"));
  registry.note_state(made.uuid, note(State::kRunning), draft("container.started"));
  Json spec = made.spec.json();
  spec["tasks"]["limit"] = 5;
  registry.update_spec(made.uuid, made.revision, spec, draft("container.set"));
  registry.note_state(made.uuid, note(State::kStopped), draft("container.stopped"));
  registry.begin_destroy(made.uuid, draft("container.destroying"));
  registry.finish_destroy(made.uuid, draft("container.destroyed"));
}

TEST_F(Threads, EachOperationIsWhole) {
  registry->embed_pool({"10.0.0.0/24"});
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    std::uint64_t seen = 0;
    while (!stop) {
      std::set<std::uint32_t> bases;
      for (const auto& record : registry->containers()) EXPECT_TRUE(bases.insert(record.id_base).second);
      for (const Event& event : registry->events_after(seen, 50)) EXPECT_EQ(event.number, ++seen);
      (void)registry->tenants();
    }
  });
  std::vector<std::thread> workers;
  for (int worker = 0; worker < kWorkers; ++worker)
    workers.emplace_back([this, worker] {
      for (int round = 0; round < kRounds; ++round)
        live(*registry, "c" + std::to_string(worker) + "-" + std::to_string(round));
    });
  for (std::thread& worker : workers) worker.join();
  stop = true;
  reader.join();
  EXPECT_EQ(registry->last_event(), std::uint64_t{7} * kWorkers * kRounds);
  EXPECT_TRUE(registry->containers().empty());
  registry->check();
}

TEST_F(Threads, OneNameIsGivenOnce) {
  std::atomic<int> won{0};
  std::vector<std::thread> workers;
  for (int worker = 0; worker < kWorkers; ++worker)
    workers.emplace_back([&] {
      try {
        registry->create_container(container("same"), draft("container.created"));
        ++won;
      } catch (const runtime::Error& error) {
        EXPECT_EQ(error.kind(), runtime::ErrorKind::kExists);
      }
    });
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(registry->containers().size(), 1U);
}

}  // namespace
}  // namespace croft::ctl
