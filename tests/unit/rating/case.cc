#include "tests/unit/rating/case.h"

#include <algorithm>
#include <filesystem>

#include "ctl/ledger/period.h"
#include "runtime/fd.h"

namespace croft::rating {
namespace {

using ledger::Record;
using ledger::RecordKind;
using ledger::RunState;

constexpr std::int64_t kSecond = 1'000'000;

std::int64_t moment(const Json& text) {
  return ledger::parse_period("moment", text.get<std::string>()).from;
}

std::size_t meter_named(const std::string& name) {
  for (std::size_t i = 0; i < ledger::kMeters; ++i)
    if (ledger::is_meter(i) && ledger::name_of(i) == name) return i;
  throw std::runtime_error("no meter " + name);
}

// Numbers of more than 53 bits are texts.
std::uint64_t number_in(const Json& value) {
  return value.is_string() ? std::stoull(value.get<std::string>()) : value.get<std::uint64_t>();
}

void put_used(const Json& used, std::size_t index, Record& record) {
  for (const auto& [name, value] : used.items()) {
    const std::size_t meter = meter_named(name);
    record.counted.set(meter);
    record.open[meter] = ledger::row_of(meter).kind == ledger::MeterKind::kPeak ? 0 : 1000;
    record.close[meter] =
        record.open[meter] + number_in(value.is_array() ? value.at(index % value.size()) : value);
  }
}

Record record_in(const Json& row, std::int64_t from, std::int64_t to) {
  Record record;
  record.identity = {row.at("uuid"), "boot", 1, 1};
  Json about = {{"tenant", "acme"}, {"path", "acme"}, {"name", row.at("uuid")}, {"template", "debian"}};
  about.update(row.value("about", Json::object()));
  record.facts.about = about.dump();
  const std::string state = row.value("state", "running");
  record.facts.state = state == "running"  ? RunState::kRunning
                       : state == "frozen" ? RunState::kFrozen
                                           : RunState::kStopped;
  const std::string kind = row.value("kind", "measured");
  record.kind = kind == "gap"        ? RecordKind::kGap
                : kind == "estimate" ? RecordKind::kEstimate
                                     : RecordKind::kMeasured;
  record.from = {from, static_cast<std::uint64_t>(from)};
  record.to = {to, static_cast<std::uint64_t>(to)};
  record.covered = row.contains("covered_s") ? row["covered_s"].get<std::uint64_t>() * kSecond
                                             : static_cast<std::uint64_t>(to - from);
  return record;
}

}  // namespace

std::vector<Json> all_cases() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/data/rating"))
    files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  std::vector<Json> cases;
  for (const std::string& file : files)
    for (Json one : Json::parse(runtime::read_file(file))) {
      one["file"] = std::filesystem::path(file).stem().string();
      cases.push_back(std::move(one));
    }
  return cases;
}

Terms terms_of(const Json& one) {
  TariffTexts texts;
  for (Json tariff : one.at("tariffs")) {
    if (!tariff.contains("tariff")) tariff["tariff"] = "default";
    if (!tariff.contains("version")) tariff["version"] = 1;
    if (!tariff.contains("currency")) tariff["currency"] = "EUR";
    if (!tariff.contains("from")) tariff["from"] = "2000-01-01";
    texts[tariff["tariff"].get<std::string>() + "-" + std::to_string(tariff["version"].get<int>())] =
        tariff.dump();
  }
  Terms terms;
  terms.account = parse_account(one.value("tenant", "acme"), one.value("account", Json::object()).dump());
  terms.versions = versions_for(read_all(texts, {}), terms.account);
  terms.month = parse_month(one.at("month").get<std::string>());
  if (one.contains("until")) terms.until = moment(one["until"]);
  return terms;
}

std::vector<Record> records_of(const Json& one) {
  std::vector<Record> records;
  for (const Json& row : one.at("records")) {
    const std::int64_t end = moment(row.at("to"));
    std::int64_t from = moment(row.at("from"));
    const std::int64_t step =
        row.contains("every_s") ? row["every_s"].get<std::int64_t>() * kSecond : end - from;
    for (std::size_t index = 0; from < end; from += step, ++index) {
      Record record = record_in(row, from, std::min(from + step, end));
      put_used(row.value("used", Json::object()), index, record);
      record.seq = records.size() + 1;
      records.push_back(std::move(record));
    }
  }
  return records;
}

Json rate(const Terms& terms, const std::vector<Record>& records) {
  Rater rater(terms);
  for (const Record& record : records) rater.add(record);
  return rater.invoice();
}

}  // namespace croft::rating
