// SIGKILL at random moments: a child changes the registry and says before and after each change what it does;
// the parent kills it, opens the registry, and compares it with what was said.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <map>
#include <random>
#include <set>

#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

constexpr int kKills = 100;
constexpr std::size_t kMost = 12;  // containers at once

constexpr const char* kPrefix = "10.0.0.0/27";

// When the child dies: this long after it said so many lines.
struct Moment {
  long lines;
  std::int64_t micros;
};

// What the parent knows: exports by uuid, and how many events there must be.
struct Model {
  std::map<std::string, Json> containers;
  std::set<std::string> destroyed;
  std::uint64_t events = 0;
};

// --- the child: lines {"try": name} or {"try": uuid}, then {"done": export, "gone": uuid}

class Worker {
 public:
  Worker(Registry& registry, int pipe, std::uint64_t seed)
      : registry_(registry), pipe_(pipe), random_(seed) {}

  [[noreturn]] void run() {
    registry_.embed_pool({kPrefix});
    for (;;) step();
  }

 private:
  void say(const Json& line) const {
    const std::string text = line.dump() + "\n";
    if (write(pipe_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) _exit(3);
  }

  void step() {
    const auto all = registry_.containers();
    if (all.empty() || (all.size() < kMost && random_() % 4 == 0)) return create();
    const ContainerRecord& record = all[random_() % all.size()];
    say({{"try", record.uuid}});
    if (record.state == State::kDestroying) {
      registry_.finish_destroy(record.uuid, draft("container.destroyed"));
      return say({{"gone", record.uuid}});
    }
    say({{"done", export_container(change(record))}});
  }

  void create() {
    const std::string name = "c" + std::to_string(random_());
    say({{"try", name}});
    NewContainer wanted = container(name);
    wanted.pool = "default";
    say({{"done", export_container(registry_.create_container(wanted, draft("container.created")))}});
  }

  ContainerRecord change(const ContainerRecord& record) {
    std::vector<State> moves;
    for (const State to : kStates)
      if (may_move(record.state, to)) moves.push_back(to);
    switch (random_() % 4) {
      case 0:
        return registry_.rename(record.uuid, record.revision, "r" + std::to_string(random_()),
                                draft("container.renamed"));
      case 1: {
        Json spec = record.spec.json();
        spec["tasks"]["limit"] = random_() % 1'000'000'000 + record.revision;
        spec["env"]["FILL"] = std::string(random_() % 3000, 'x');
        return registry_.update_spec(record.uuid, record.revision, spec, draft("container.set"));
      }
      default: {
        const State to = moves[random_() % moves.size()];
        if (to == State::kDestroying)
          return registry_.begin_destroy(record.uuid, draft("container.destroying"));
        return registry_.note_state(record.uuid, note(to, "why " + std::to_string(random_())),
                                    draft("moved"));
      }
    }
  }

  Registry& registry_;
  int pipe_;
  std::mt19937_64 random_;
};

// --- the parent

struct Crash : RegistryTest {
  Model model;
  std::string trying;  // what the child had begun and not finished

  void hear(const std::string& line) {
    const Json json = Json::parse(line);
    if (json.contains("try")) {
      trying = json["try"];
      return;
    }
    trying.clear();
    ++model.events;
    if (json.contains("gone")) {
      model.containers.erase(json["gone"]);
      model.destroyed.insert(json["gone"]);
    } else {
      model.containers[json["done"]["uuid"]] = json["done"];
    }
  }

  // Reads what the child says, kills it `moment.micros` after it has said `moment.lines`, reads the rest.
  void listen_and_kill(int fd, pid_t child, Moment moment) {
    using Clock = std::chrono::steady_clock;
    std::string heard;
    std::optional<Clock::time_point> end;
    bool killed = false;
    for (;;) {
      if (!end && std::count(heard.begin(), heard.end(), '\n') >= moment.lines)
        end = Clock::now() + std::chrono::microseconds(moment.micros);
      const std::int64_t left = end ? std::chrono::nanoseconds(*end - Clock::now()).count() : 0;
      if (end && !killed && left <= 0) killed = kill(child, SIGKILL) == 0;
      pollfd waiting{fd, POLLIN, 0};
      const timespec timeout{0, left};
      if (ppoll(&waiting, 1, end && !killed ? &timeout : nullptr, nullptr) <= 0) continue;
      std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
      const ssize_t n = read(fd, buffer.data(), buffer.size());
      if (n <= 0) break;
      heard.append(buffer.data(), static_cast<std::size_t>(n));
    }
    std::size_t begin = 0;
    for (std::size_t newline = 0; (newline = heard.find('\n', begin)) != std::string::npos;
         begin = newline + 1)
      hear(heard.substr(begin, newline - begin));
  }

  void run_child(std::uint64_t seed, Moment moment) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      try {
        const auto opened = open(1'000'000);
        Worker(*opened, ends[1], seed).run();
      } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
      }
      _exit(2);
    }
    close(ends[1]);
    trying.clear();
    listen_and_kill(ends[0], child, moment);
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }

  // The only difference allowed is the one change that was begun.
  void compare() {
    std::map<std::string, Json> found;
    for (const auto& record : registry->containers()) found[record.uuid] = export_container(record);
    int differences = 0;
    for (const auto& [uuid, json] : model.containers) {
      if (found.contains(uuid) && found[uuid] == json) continue;
      ++differences;
      EXPECT_EQ(uuid, trying) << "lost or changed: " << json.dump();
      if (!found.contains(uuid)) model.destroyed.insert(uuid);
    }
    for (const auto& [uuid, json] : found) {
      if (model.containers.contains(uuid)) continue;
      ++differences;
      EXPECT_EQ(json["name"], trying) << "invented: " << json.dump();
    }
    EXPECT_LE(differences, 1);
    EXPECT_EQ(registry->last_event(), model.events + static_cast<std::uint64_t>(differences));
    model.events = registry->last_event();
    model.containers = std::move(found);
  }

  void check_nothing_is_shared() const {
    std::set<Json> names;
    std::set<Json> bases;
    std::set<Json> addresses;
    for (const auto& [uuid, json] : model.containers) {
      EXPECT_TRUE(names.insert(json["name"]).second);
      EXPECT_TRUE(bases.insert(json["id_range"]["base"]).second);
      EXPECT_EQ(json["addresses"].size(), 1U);
      EXPECT_TRUE(addresses.insert(json["addresses"]).second);
    }
    for (const std::string& uuid : model.destroyed) {
      EXPECT_TRUE(registry->is_tombstone(uuid));
      EXPECT_FALSE(model.containers.contains(uuid));
    }
  }

  void check_events() const {
    std::uint64_t number = 0;
    for (;;) {
      const auto events = registry->events_after(number, 1000);
      if (events.empty()) break;
      for (const Event& event : events) ASSERT_EQ(event.number, ++number);
    }
    EXPECT_EQ(number, model.events);
  }
};

TEST_F(Crash, NothingThatWasSaidToBeDoneIsLost) {
  registry.reset();
  std::mt19937_64 random(20263);
  for (int i = 0; i < kKills && !HasFailure(); ++i) {
    // Some die while they open and recover, the others amid changes.
    const Moment moment =
        i % 5 == 0 ? Moment{0, static_cast<std::int64_t>(random() % 20'000)}
                   : Moment{static_cast<long>(random() % 40), static_cast<std::int64_t>(random() % 1000)};
    run_child(random(), moment);
    registry = open(1'000'000);
    registry->check();
    compare();
    check_nothing_is_shared();
    check_events();
    registry.reset();
  }
  EXPECT_GT(model.events, 500U);
  EXPECT_GT(model.destroyed.size(), 20U);
  RecordProperty("events", std::to_string(model.events));
}

}  // namespace
}  // namespace croft::ctl
