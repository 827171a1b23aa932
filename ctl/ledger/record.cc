#include "ctl/ledger/record.h"

#include <array>
#include <ctime>

#include "runtime/error.h"

namespace croft::ledger {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

[[noreturn]] void fail_damaged() {
  throw runtime::Error(runtime::ErrorKind::kSystem, "the readings of a record are damaged");
}

// Seven bits a byte, the lowest first; the highest bit says that more follow.
void put_number(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) bytes += static_cast<char>(0x80U | (number & 0x7fU));
  bytes += static_cast<char>(number);
}

std::uint64_t take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (bytes.empty()) fail_damaged();
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) return number;
  }
  fail_damaged();
}

void add_text(templates::Sha256& sum, std::string_view text) {
  sum.add(text.size());
  sum.add(text);
}

Json readings_json(const Record& record) {
  Json meters = Json::object();
  for (std::size_t i = 0; i < kMeters; ++i) {
    if (!record.counted[i]) continue;
    Json one = {{"used", used(record, i)}, {"unit", row_of(i).unit}};
    if (row_of(i).kind != MeterKind::kPeak) {
      one["open"] = record.open[i];
      one["close"] = record.close[i];
    }
    meters[name_of(i)] = std::move(one);
  }
  return meters;
}

}  // namespace

std::string_view to_text(RecordKind kind) {
  static constexpr std::array<std::string_view, 4> kNames{"measured", "estimate", "gap", "step"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view to_text(Cause cause) {
  static constexpr std::array<std::string_view, 12> kNames{
      "grid",    "start",       "stop",         "freeze",       "thaw",       "change",
      "destroy", "daemon-stop", "daemon-start", "host-restart", "clock-step", "anomaly"};
  return kNames.at(static_cast<std::size_t>(cause));
}

std::string_view to_text(RunState state) {
  static constexpr std::array<std::string_view, 3> kNames{"stopped", "running", "frozen"};
  return kNames.at(static_cast<std::size_t>(state));
}

std::uint64_t used(const Record& record, std::size_t meter) {
  if (row_of(meter).kind == MeterKind::kPeak) return record.close[meter];
  return record.close[meter] - record.open[meter];
}

std::uint64_t length_of(const Record& record) {
  if (record.kind == RecordKind::kStep) return 0;
  if (record.cause == Cause::kHostRestart)
    return record.to.real > record.from.real ? static_cast<std::uint64_t>(record.to.real - record.from.real)
                                             : 0;
  return record.to.boot - record.from.boot;
}

std::string pack_readings(const Record& record) {
  std::string bytes;
  for (std::size_t i = 0; i < kMeters; ++i) {
    if (!record.counted[i]) continue;
    put_number(bytes, i);
    put_number(bytes, record.open[i]);
    put_number(bytes, record.close[i] - record.open[i]);
    if (const auto level = level_of(i)) put_number(bytes, record.level[*level]);
  }
  return bytes;
}

void unpack_readings(std::string_view bytes, Record& record) {
  while (!bytes.empty()) {
    const std::uint64_t meter = take_number(bytes);
    if (!is_meter(meter) || record.counted[meter]) fail_damaged();
    record.counted.set(meter);
    record.open[meter] = take_number(bytes);
    record.close[meter] = record.open[meter] + take_number(bytes);
    if (const auto level = level_of(meter)) record.level[*level] = take_number(bytes);
  }
}

templates::Digest chain(const templates::Digest& before, const Record& record) {
  templates::Sha256 sum;
  sum.add(std::string_view(reinterpret_cast<const char*>(before.data()), before.size()));
  sum.add(record.seq);
  sum.add(static_cast<std::uint64_t>(record.kind));
  sum.add(static_cast<std::uint64_t>(record.cause));
  add_text(sum, record.identity.uuid);
  add_text(sum, record.identity.boot);
  sum.add(record.identity.generation);
  sum.add(record.identity.group);
  sum.add(static_cast<std::uint64_t>(record.facts.state));
  add_text(sum, record.facts.about);
  for (const Instant& at : {record.from, record.to}) {
    sum.add(static_cast<std::uint64_t>(at.real));
    sum.add(at.boot);
  }
  sum.add(record.covered);
  add_text(sum, pack_readings(record));
  return sum.finish();
}

std::string time_text(std::int64_t real) {
  std::int64_t seconds = real / kSecond;
  std::int64_t micros = real % kSecond;
  if (micros < 0) {
    --seconds;
    micros += kSecond;
  }
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return text.data() + ("." + std::to_string(kSecond + micros).substr(1) + "Z");
}

Json to_json(const Record& record) {
  Json json = {{"seq", record.seq},
               {"kind", to_text(record.kind)},
               {"cause", to_text(record.cause)},
               {"from", time_text(record.from.real)},
               {"to", time_text(record.to.real)},
               {"length_us", length_of(record)},
               {"hash", templates::to_hex(record.hash)}};
  if (record.kind == RecordKind::kStep) {
    json["step_us"] = record.to.real - record.from.real;
    return json;
  }
  json.update(Json::parse(record.facts.about));
  json["uuid"] = record.identity.uuid;
  json["boot"] = record.identity.boot;
  json["generation"] = record.identity.generation;
  json["state"] = record.kind == RecordKind::kGap ? Json() : Json(to_text(record.facts.state));
  json["covered_us"] = record.covered;
  json["meters"] = readings_json(record);
  return json;
}

}  // namespace croft::ledger
