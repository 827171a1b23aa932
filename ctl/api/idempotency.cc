#include "ctl/api/idempotency.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

#include "ctl/api/problem.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr const char* kStored = "idempotency";

// FNV-1a, 64 bits.
std::uint64_t hash(std::string_view text, std::uint64_t start) {
  std::uint64_t value = start;
  for (const char c : text) {
    value ^= static_cast<unsigned char>(c);
    value *= 0x100000001b3U;
  }
  return value;
}

}  // namespace

std::string digest_of_request(std::string_view verb, std::string_view target, std::string_view body) {
  const std::string head = std::string(verb) + '\n' + std::string(target) + '\n';
  const std::uint64_t value = hash(body, hash(head, 0xcbf29ce484222325U));
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%016llx-%zu", static_cast<unsigned long long>(value), body.size());
  return text.data();
}

Idempotency::Idempotency(Backend& backend, Clock clock, IdempotencyLimits limits)
    : backend_(backend), clock_(std::move(clock)), limits_(limits) {}

void Idempotency::load() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, text] : backend_.all_kept(kStored)) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
      backend_.forget(kStored, key);
      continue;
    }
    entries_[key] = {json.value("time", std::int64_t{0}), json.value("digest", ""), false,
                     !json.value("answer", Json()).is_null()};
  }
  forget_old();
}

void Idempotency::forget_old() {
  const std::int64_t now = std::chrono::system_clock::to_time_t(clock_());
  const std::int64_t oldest = now - std::chrono::seconds(limits_.age).count();
  const auto forget = [this](auto entry) {
    backend_.forget(kStored, entry->first);
    return entries_.erase(entry);
  };
  for (auto entry = entries_.begin(); entry != entries_.end();)
    entry = !entry->second.running && entry->second.time_s < oldest ? forget(entry) : std::next(entry);
  while (entries_.size() > limits_.keys) {
    const auto first = std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
      return std::tuple(a.second.running, a.second.time_s) < std::tuple(b.second.running, b.second.time_s);
    });
    if (first->second.running) return;
    forget(first);
  }
}

void Idempotency::store(const std::string& key, const Entry& entry, Json answer) {
  const Json json = {{"time", entry.time_s}, {"digest", entry.digest}, {"answer", std::move(answer)}};
  backend_.keep(kStored, key, json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Idempotency::Known Idempotency::begin(const std::string& key, const std::string& digest) {
  const std::lock_guard lock(mutex_);
  forget_old();
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    const Entry entry{std::chrono::system_clock::to_time_t(clock_()), digest, true, false};
    store(key, entry, nullptr);
    entries_[key] = entry;
    return {};
  }
  const Entry& entry = found->second;
  if (entry.digest != digest)
    throw Rejected(422, ErrorKind::kInvalid, "this Idempotency-Key was used for another request");
  if (entry.running)
    throw Error(ErrorKind::kBusy, "the first request with this Idempotency-Key is still being carried out");
  const std::optional<std::string> text = entry.answered ? backend_.kept(kStored, key) : std::nullopt;
  if (!text) {
    Error error(ErrorKind::kConflict,
                "the daemon ended while it carried out the request with this "
                "Idempotency-Key, and how far it came is not known");
    error.cure("look at the object, then use a new key");
    throw error;
  }
  return Json::parse(*text).at("answer");
}

void Idempotency::finish(const std::string& key, Json answer) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.running = false;
  store(key, found->second, std::move(answer));
  found->second.answered = true;
}

void Idempotency::abandon(const std::string& key) {
  const std::lock_guard lock(mutex_);
  backend_.forget(kStored, key);
  entries_.erase(key);
}

}  // namespace croft::ctl
