// The books of all containers: takes readings, closes records. Pure: moments, readings and what happened come
// from outside; records go out by take(). Whatever is not told is not lost, since counters go on counting:
// the next reading has it, only in a longer record.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ctl/ledger/record.h"

namespace croft::ledger {

struct BookOptions {
  std::uint64_t grid = 300'000'000;         // microseconds; records of what runs end at multiples of it
  std::uint64_t idle_grid = 3'600'000'000;  // of what does not
  std::uint64_t most = 30'000'000;  // longest time between two looks at levels that leaves no estimate
};

// The labels moved by more than this against CLOCK_BOOTTIME: the clock was set, not slewed.
inline constexpr std::int64_t kLeastStep = 1'000'000;

// One look at a container. Counters are those of its identity; of levels and peaks only `level` is taken.
struct Reading {
  Instant at;
  MeterSet counted;
  Values values{};
  std::array<std::uint64_t, kLevels> level{};
};

class Book {
 public:
  __extension__ using Wide = unsigned __int128;
  struct Account {
    Identity identity;
    Facts facts;
    Instant from;  // of the record that is open
    Instant seen;  // by the last reading
    MeterSet counted;
    Values open{}, now{};
    Values base{};                        // what was counted before counters went back
    std::array<Wide, kLevels> doubled{};  // twice the unit-microseconds since level_base
    std::array<std::uint64_t, kLevels> level_base{}, level{}, peak{};
    std::uint64_t covered = 0;
  };

  explicit Book(BookOptions options) : options_(options) {}

  // --- once for each moment, before all else
  // When the clock was set since the last moment, every open record ends, and a record says so.
  void look_at_clock(Instant now);

  // --- accounts
  [[nodiscard]] const Account* find(const std::string& uuid) const;
  [[nodiscard]] const std::map<std::string, Account>& accounts() const { return accounts_; }
  // One that the ledger does not know, as it is now: what it used before is not in the ledger.
  void begin(const Identity& identity, const Facts& facts, const Reading& now);
  // One whose last record is known, in this boot or an earlier one.
  void resume(const Record& last);
  // It is no more. The caller has cut it.
  void end(const std::string& uuid) { accounts_.erase(uuid); }

  // --- of one that is there
  // A sample. Ends the record only when a counter went back.
  void observe(const std::string& uuid, const Reading& now);
  // A sample that ends the record.
  void cut(const std::string& uuid, const Reading& now, Cause cause);
  // Its cgroup and its start become known.
  void identify(const Identity& identity) { at(identity.uuid).identity = identity; }
  // From here on something else is true of it. The caller has cut it.
  void change(const std::string& uuid, const Facts& facts);
  // The last reading of a run.
  void stop(const std::string& uuid, const Reading& last);
  // A run begins at `at`, or what is stopped goes on to be so with another identity: counters begin at 0, but
  // for those of the network.
  void run(const Identity& identity, const Facts& facts, Instant at);
  // Of the time until now, in this boot of the host, nothing is known, and what ran does not any more.
  void gap(const std::string& uuid, const std::string& boot, Instant now, Cause cause);
  // The record is to end by the grid.
  [[nodiscard]] bool is_due(const std::string& uuid, Instant now) const;

  // Records that ended since this was last asked, in order.
  std::vector<Record> take();
  // Those that have not ended, as they would be now, without number and hash.
  [[nodiscard]] std::vector<Record> open_records() const;

 private:
  Account& at(const std::string& uuid);
  void close(Account& account, Cause cause);

  BookOptions options_;
  std::map<std::string, Account> accounts_;
  std::vector<Record> closed_;
  std::optional<std::int64_t> offset_;  // of the labels against CLOCK_BOOTTIME
};

}  // namespace croft::ledger
