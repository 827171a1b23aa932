// Who looks at containers for the ledger, and when: a thread that reads all of them every few seconds, ends
// records at the grid and when something about a container changed, and brings them to the disk. What ends a
// run asks for its last reading before the cgroup goes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cgroups/reading.h"
#include "ctl/ledger/book.h"
#include "ctl/ledger/exposition.h"
#include "ctl/ledger/journal.h"
#include "ctl/lifecycle/registry/registry.h"
#include "netns/traffic.h"

namespace croft::ctl {

struct Context;

struct MeteringOptions {
  std::chrono::seconds sample{10};
  std::chrono::seconds interval{300};  // a whole day is a multiple of it
};

class Metering {
 public:
  // Opens the ledger beside the registry. One that cannot be read leaves containers alone: state() says why.
  Metering(Context& context, const std::string& data, MeteringOptions options);
  Metering(const Metering&) = delete;
  Metering& operator=(const Metering&) = delete;
  ~Metering();

  // After recovery: goes on with every account, and begins to look. Returns while it still does: of thousands
  // that takes longer than somebody should wait for the daemon.
  void start();
  // Ends every record, and the thread.
  void stop() noexcept;
  // Something happened to a container: its event is in the registry.
  void rouse();

  // All processes of a run are gone, and its cgroup is still there: its last reading. Never throws: what
  // cannot be written waits in memory.
  void end_run(const ContainerRecord& record) noexcept;
  // Throws Error kUnavailable when nothing could be written for so long that nobody else may start.
  void check_start() const;

  // --- seeing it
  [[nodiscard]] const ledger::Journal& journal() const { return journal_; }
  [[nodiscard]] std::vector<ledger::Record> open_records() const;
  // Records that begin at `from` or later, and before `to`, those that have not ended too.
  void each_between(std::int64_t from, std::int64_t to,
                    const std::function<void(const ledger::Record& record)>& take) const;
  struct State {
    ledger::JournalState journal;
    std::uint64_t pending = 0;  // records that wait to be written
    std::string failure;        // why they do
  };
  [[nodiscard]] State state() const;
  [[nodiscard]] std::string metrics(ledger::Format format) const;

 private:
  using Traffic = std::map<std::string, netns::Traffic>;
  void go_on();
  // Every container that the registry has, as it is now. What the ledger knows of, and the registry does not
  // any more, ended while nobody looked.
  void take_on();
  void run();
  void loop();
  void take_events();
  void pass();
  void note(const ContainerRecord& record, const Traffic& traffic);
  void note_running(const ContainerRecord& record, const ledger::Facts& facts, const Traffic& traffic);
  void note_stopped(const ContainerRecord& record, const ledger::Facts& facts, const Traffic& traffic);
  void finish(const ContainerRecord& record);
  void close(const std::string& uuid);
  void close_earlier_boot(const std::string& uuid);
  void begin(const ContainerRecord& record, const ledger::Facts& facts, const ledger::Reading& now);
  void write() noexcept;
  void tell(const std::string& kind, const std::string& reason) noexcept;
  [[nodiscard]] ledger::Facts facts_of(const ContainerRecord& record) const;
  [[nodiscard]] ledger::Reading look(const std::string& uuid, const Traffic& traffic) const;
  [[nodiscard]] std::uint64_t group_of(const ContainerRecord& record) const;
  [[nodiscard]] ledger::Instant next_look(ledger::Instant now) const;

  Context& context_;
  MeteringOptions options_;
  std::string boot_;
  ledger::Journal journal_;

  mutable std::mutex mutex_;  // of what follows
  ledger::Book book_;
  std::vector<ledger::Record> pending_;
  std::string failure_;
  std::optional<std::chrono::steady_clock::time_point> failing_since_;
  std::uint64_t event_ = 0;  // the last one that was looked at
  std::int64_t sampled_ = 0;
  bool started_ = false;

  std::mutex wake_mutex_;
  std::condition_variable woken_;
  bool began_ = false;  // take_on() has the lock
  bool roused_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace croft::ctl
