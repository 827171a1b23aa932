// One record of the ledger: what one container used from one moment to the next, with the readings at both
// ends, so that the closing one of each record is the opening one of the next. Plain data, its text, and the
// bytes that are kept and hashed.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "ctl/ledger/meters.h"
#include "templates/sha256.h"

namespace croft::ledger {

using Json = nlohmann::json;

// One moment on two clocks: labels are CLOCK_REALTIME, lengths of time CLOCK_BOOTTIME, both in microseconds.
struct Instant {
  std::int64_t real = 0;   // since 1970
  std::uint64_t boot = 0;  // since the host was started
  bool operator==(const Instant&) const = default;
};

// The numbers are those of the ledger's file.
enum class RecordKind : std::uint8_t {
  kMeasured = 0,
  kEstimate = 1,  // counters are exact; levels were not looked at all the time, and are a straight line
  kGap = 2,       // nothing is known of this time
  kStep = 3,      // the host's clock was set, from one label to the other; of no container
};

// Why it ended.
enum class Cause : std::uint8_t {
  kGrid = 0,
  kStart = 1,
  kStop = 2,
  kFreeze = 3,
  kThaw = 4,
  kChange = 5,  // of name, owner, or of what was promised
  kDestroy = 6,
  kDaemonStop = 7,
  kDaemonStart = 8,
  kHostRestart = 9,
  kClockStep = 10,
  kAnomaly = 11,  // a counter went back; what it lost is billed to nobody
};

enum class RunState : std::uint8_t { kStopped = 0, kRunning = 1, kFrozen = 2 };

std::string_view to_text(RecordKind kind);
std::string_view to_text(Cause cause);
std::string_view to_text(RunState state);

// Whose counters they are. A new run has new ones, which begin at 0, but for those of the network, which go
// on.
struct Identity {
  std::string uuid;
  std::string boot;              // boot_id of the host
  std::uint64_t generation = 0;  // which start of the container
  std::uint64_t group = 0;       // inode of its cgroup; 0: it has none
  bool operator==(const Identity&) const = default;
};

// What was true all the time.
struct Facts {
  RunState state = RunState::kStopped;
  std::string about;  // JSON: {"tenant","path","name","template","plan"?,"promise":{"memory":{...}}}
  bool operator==(const Facts&) const = default;
};

struct Record {
  std::uint64_t seq = 0;  // from 1, without gaps; given by the journal
  RecordKind kind = RecordKind::kMeasured;
  Cause cause = Cause::kGrid;
  Identity identity;
  Facts facts;
  Instant from, to;
  std::uint64_t covered = 0;  // microseconds of it in which levels were looked at as often as they should be
  MeterSet counted;           // of the others nothing is known, and their values are 0
  Values open{}, close{};
  std::array<std::uint64_t, kLevels> level{};  // held at its end
  templates::Digest hash{};                    // of the one before and this; given by the journal
  bool operator==(const Record&) const = default;
};

// What was used: close - open of counters and levels (which may wrap), the peak itself of peaks.
std::uint64_t used(const Record& record, std::size_t meter);
// Microseconds. Of a gap between two boots, and of nothing else, by the labels.
std::uint64_t length_of(const Record& record);

// The readings as bytes, for the journal.
std::string pack_readings(const Record& record);
// Throws Error kSystem when they were not written by pack_readings.
void unpack_readings(std::string_view bytes, Record& record);
// The hash of a record that comes after `before`.
templates::Digest chain(const templates::Digest& before, const Record& record);

// As it is exported: every meter with its reading at both ends and the difference.
Json to_json(const Record& record);
// "2026-11-22T14:05:00.000123Z".
std::string time_text(std::int64_t real);

}  // namespace croft::ledger
