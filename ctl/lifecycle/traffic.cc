#include "ctl/lifecycle/traffic.h"

#include <net/if.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "ctl/lifecycle/context.h"
#include "netns/link.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;

constexpr const char* kAccounts = "traffic";  // of Registry::keep, by uuid
constexpr const char* kSettings = "net";
constexpr const char* kClassesKey = "classes";

bool is_gone(std::uint32_t link) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(link, name.data()) == nullptr && errno == ENXIO;
}

// A kernel without the queueing discipline or the classifier.
bool is_unsupported(const Error& error) {
  return error.kind() == runtime::ErrorKind::kUnsupported || error.kind() == runtime::ErrorKind::kNotFound;
}

}  // namespace

void Traffic::turn_off(const std::string& reason) {
  off_ = reason;
  std::fprintf(stderr, "croftd: what containers send and receive is not counted: %s\n", reason.c_str());
}

void Traffic::start() {
  const std::lock_guard lock(mutex_);
  try {
    meter_ = std::make_unique<netns::TrafficMeter>(pins_);
    for (const netns::LinkTraffic& one : meter_->read()) note_link(one.uuid, one.link);
    put(classes());
    off_.clear();
  } catch (const std::exception& error) {
    meter_.reset();
    turn_off(error.what());
  }
}

std::string Traffic::off() const {
  const std::lock_guard lock(mutex_);
  return off_;
}

void Traffic::begin(int link, const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  if (!off_.empty()) return;
  try {
    meter_->begin(link, uuid);
  } catch (const Error& error) {
    if (is_unsupported(error)) return turn_off(error.what());
    if (error.kind() != runtime::ErrorKind::kBusy) throw;
    settle_all({static_cast<std::uint32_t>(link)});  // that number was a link's which is gone
    meter_->begin(link, uuid);
  }
  note_link(uuid, static_cast<std::uint32_t>(link));
}

void Traffic::note_link(const std::string& uuid, std::uint32_t link) {
  const std::lock_guard lock(links_mutex_);
  links_[uuid].insert(link);
}

void Traffic::resume(const std::string& uuid, const std::vector<std::string>& links) noexcept {
  for (const std::string& id : links) {
    const unsigned link = if_nametoindex(netns::host_link_name(id).c_str());
    if (link == 0) continue;
    try {
      begin(static_cast<int>(link), uuid);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "croftd: what `%s` sends and receives is not counted: %s\n", uuid.c_str(),
                   error.what());
    }
  }
}

std::map<std::string, std::uint8_t> Traffic::classes() const {
  const auto text = registry_.kept(kSettings, kClassesKey);
  if (!text) return {};
  return Json::parse(*text).get<std::map<std::string, std::uint8_t>>();
}

std::set<std::uint8_t> Traffic::class_numbers() const {
  std::set<std::uint8_t> numbers{0};
  for (const auto& [prefix, number] : classes()) numbers.insert(number);
  return numbers;
}

void Traffic::put(const std::map<std::string, std::uint8_t>& classes) {
  std::vector<netns::ClassPrefix> list;
  for (const auto& [prefix, number] : classes) list.push_back({number, netns::parse_prefix(prefix)});
  meter_->classify(list);
}

void Traffic::set_classes(const std::map<std::string, std::uint8_t>& next) {
  const std::lock_guard lock(mutex_);
  const auto before = classes();
  try {
    if (off_.empty()) put(next);
    registry_.keep(kSettings, kClassesKey, Json(next).dump());
  } catch (const Error&) {
    if (off_.empty()) put(before);
    throw;
  }
}

Traffic::Runs Traffic::runs() const {
  Runs all;
  if (!off_.empty()) return all;
  for (netns::LinkTraffic& one : meter_->read()) all[one.uuid].push_back(std::move(one));
  return all;
}

std::map<std::string, netns::Traffic> Traffic::totals() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, TrafficAccount> accounts;
  for (const auto& [uuid, text] : registry_.all_kept(kAccounts)) accounts[uuid] = parse_account(text);
  for (const auto& [uuid, links] : runs()) absorb(accounts[uuid], links);
  std::map<std::string, netns::Traffic> totals;
  for (const auto& [uuid, account] : accounts) totals[uuid] = account.total;
  return totals;
}

std::optional<netns::Traffic> Traffic::total(const std::string& uuid) const {
  const std::lock_guard lock(mutex_);
  const auto text = registry_.kept(kAccounts, uuid);
  const std::vector<netns::LinkTraffic> links = runs_of(uuid);
  if (!text && links.empty()) return std::nullopt;
  TrafficAccount account = text ? parse_account(*text) : TrafficAccount{};
  absorb(account, links);
  return account.total;
}

std::set<std::uint32_t> Traffic::links_of(const std::string& uuid) const {
  const std::lock_guard lock(links_mutex_);
  const auto found = links_.find(uuid);
  return found == links_.end() ? std::set<std::uint32_t>{} : found->second;
}

std::vector<netns::LinkTraffic> Traffic::runs_of(const std::string& uuid) const {
  std::vector<netns::LinkTraffic> runs;
  for (const std::uint32_t link : links_of(uuid))
    if (auto counted = meter_->read_link(link); counted && counted->uuid == uuid)
      runs.push_back(std::move(*counted));
  return runs;
}

// Links of earlier runs are among them until they are forgotten; who reads differences sees no step back.
std::optional<netns::ClassTraffic> Traffic::counted_now(const std::string& uuid) const {
  std::optional<netns::ClassTraffic> sum;
  for (const netns::LinkTraffic& counted : runs_of(uuid)) {
    if (!sum) sum.emplace();
    for (const netns::ClassTraffic& one : counted.traffic) {
      sum->in.packets += one.in.packets;
      sum->in.bytes += one.in.bytes;
      sum->out.packets += one.out.packets;
      sum->out.bytes += one.out.bytes;
    }
  }
  return sum;
}

bool Traffic::has_link(const std::string& uuid) const {
  const std::lock_guard lock(mutex_);
  if (!off_.empty()) return false;
  const std::vector<netns::LinkTraffic> links = runs_of(uuid);
  return std::any_of(links.begin(), links.end(), [](const auto& one) { return !is_gone(one.link); });
}

void Traffic::settle_one(const std::string& uuid, const std::vector<netns::LinkTraffic>& links) {
  const auto before = registry_.kept(kAccounts, uuid);
  TrafficAccount account = before ? parse_account(*before) : TrafficAccount{};
  absorb(account, links);
  const std::string after = to_text(account);
  if (after != before) registry_.keep(kAccounts, uuid, after);
}

// What is gone is looked for first: nothing is counted on such a link behind the reading.
void Traffic::settle_all(std::set<std::uint32_t> gone) {
  for (const auto& [uuid, links] : runs())
    for (const netns::LinkTraffic& one : links)
      if (is_gone(one.link)) gone.insert(one.link);
  const Runs all = runs();
  for (const auto& [uuid, links] : all) settle_one(uuid, links);
  for (const std::uint32_t link : gone) meter_->forget(link);
  const std::lock_guard lock(links_mutex_);
  for (const auto& [uuid, links] : all)
    std::erase_if(links_[uuid], [&gone](std::uint32_t link) { return gone.contains(link); });
}

void Traffic::settle() noexcept {
  const std::lock_guard lock(mutex_);
  try {
    settle_all({});
    if (!off_.empty()) return;
    for (const std::string& uuid : meter_->mend())
      registry_.append_event(event_of(kDaemonActor, "net.restored", {{"counting", uuid}}), "host", uuid);
  } catch (const std::exception& error) {  // nothing was forgotten, and the next time tells again
    std::fprintf(stderr, "croftd: cannot note what containers sent and received: %s\n", error.what());
  }
}

void Traffic::forget(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  if (off_.empty())
    for (const netns::LinkTraffic& one : runs_of(uuid)) meter_->forget(one.link);
  registry_.forget(kAccounts, uuid);
  const std::lock_guard links(links_mutex_);
  links_.erase(uuid);
}

}  // namespace croft::ctl
