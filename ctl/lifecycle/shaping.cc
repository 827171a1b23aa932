#include "ctl/lifecycle/shaping.h"

#include <net/if.h>

#include <algorithm>
#include <cstdio>

#include "ctl/spec/amounts.h"
#include "netns/link.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;
using runtime::Error;

netns::Rate rate_of(const cgroups::Words& words, const ClassLimits& classes, bool burst) {
  const bool bursts = burst && words.can_burst();
  netns::Rate rate{words.guarantee, bursts ? words.limit : words.sustained(), words.share, {}};
  for (const auto& [number, limit] : classes) rate.classes.at(std::stoul(number)) = limit;
  return rate;
}

std::vector<int> present(const std::vector<std::string>& links) {
  std::vector<int> indices;
  for (const std::string& id : links)
    if (const unsigned index = if_nametoindex(netns::host_link_name(id).c_str()); index != 0)
      indices.push_back(static_cast<int>(index));
  return indices;
}

std::string to_text(const cgroups::Words& words) {
  const auto size = [](std::uint64_t value) { return amounts::format(Resource::kNetIn, value); };
  std::string text;
  if (words.guarantee > 0) text = size(words.guarantee) + "..";
  if (words.can_burst()) text += size(*words.barrier) + "..";
  text += words.limit ? size(*words.limit) : "unlimited";
  return words.share == cgroups::kDefaultShare ? text : text + " share " + std::to_string(words.share);
}

// " (class 3 4M, class 7 1M)"
std::string to_text(const ClassLimits& classes) {
  std::string text;
  for (const auto& [number, limit] : classes)
    text += std::string(text.empty() ? " (" : ", ") + "class " + number + " " +
            amounts::format(Resource::kNetIn, limit);
  return text.empty() ? text : text + ")";
}

}  // namespace

NetWords net_words(const Spec& spec) {
  return {spec.resources[Resource::kNetIn], spec.resources[Resource::kNetOut], spec.class_in, spec.class_out};
}

std::string to_text(const NetWords& words) {
  return "in " + to_text(words.in) + to_text(words.class_in) + ", out " + to_text(words.out) +
         to_text(words.class_out);
}

void Shaping::turn_off(const std::string& reason) {
  off_ = reason;
  std::fprintf(stderr, "croftd: rates of containers' networks are not kept: %s\n", reason.c_str());
}

void Shaping::start(const std::string& uncounted, const std::optional<Uplink>& uplink) {
  const std::lock_guard lock(mutex_);
  uplink_ = uplink;
  if (!uncounted.empty()) {
    off_ = uncounted;
    return;
  }
  try {
    shaper_ = std::make_unique<netns::Shaper>(options_.pins);
    shaper_->set_uplink(resolved());
    off_.clear();
    watch();
  } catch (const Error& error) {
    turn_off(error.what());
  }
}

void Shaping::watch() {
  try {
    watch_ = std::make_unique<netns::ShaperWatch>([this] { look(); });
  } catch (const Error& error) {
    std::fprintf(stderr, "croftd: changes of the uplink and of queues are not seen: %s\n", error.what());
  }
}

std::string Shaping::off() const {
  const std::lock_guard lock(mutex_);
  return off_;
}

netns::UplinkRates Shaping::resolved() const {
  if (!uplink_) return {};
  return {if_nametoindex(uplink_->device.c_str()), uplink_->in, uplink_->out};
}

bool Shaping::has_uplink() const {
  const std::lock_guard lock(mutex_);
  return resolved().index != 0;
}

void Shaping::set_uplink(const std::optional<Uplink>& uplink) {
  const std::lock_guard lock(mutex_);
  const std::optional<Uplink> before = std::exchange(uplink_, uplink);
  if (!off_.empty()) return;
  try {
    shaper_->set_uplink(resolved());
  } catch (const Error&) {
    uplink_ = before;
    shaper_->set_uplink(resolved());
    throw;
  }
}

void Shaping::tell(const Known& known) {
  try {
    shaper_->put(known.links, {rate_of(known.words.in, known.words.class_in, known.burst_in),
                               rate_of(known.words.out, known.words.class_out, known.burst_out)});
  } catch (const Error& error) {
    if (error.kind() != runtime::ErrorKind::kUnsupported) throw;
    turn_off(error.what());
  }
}

void Shaping::put(const std::string& uuid, const std::vector<std::string>& links, const NetWords& words) {
  const std::lock_guard lock(mutex_);
  const std::vector<int> there = present(links);
  if (!off_.empty() || there.empty()) return;
  Known& known = known_[uuid];
  for (const int before : std::exchange(known.links, there))
    if (std::find(there.begin(), there.end(), before) == there.end()) shaper_->remove(before);
  known.words = words;
  tell(known);
}

void Shaping::allow(const std::string& uuid, bool in, bool out) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(uuid);
  if (!off_.empty() || found == known_.end()) return;
  found->second.burst_in = in;
  found->second.burst_out = out;
  try {
    tell(found->second);
  } catch (const std::exception& error) {  // with the next change
    std::fprintf(stderr, "croftd: cannot change the rates of `%s`: %s\n", uuid.c_str(), error.what());
  }
}

void Shaping::remove(const std::string& uuid) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(uuid);
  if (found == known_.end()) return;
  try {
    for (const int link : found->second.links) shaper_->remove(link);
    known_.erase(found);
  } catch (const std::exception&) {  // tried again at its next start, or when the next daemon starts
    return;
  }
}

void Shaping::recovered() noexcept {
  const std::lock_guard lock(mutex_);
  try {
    if (shaper_) shaper_->forget_others();
  } catch (const std::exception&) {  // the next daemon tries again
    return;
  }
}

void Shaping::tidy() noexcept {
  const std::lock_guard lock(mutex_);
  try {
    if (shaper_) shaper_->tidy();
  } catch (const std::exception&) {  // with the next end of a container
    return;
  }
}

void Shaping::look() noexcept {
  bool restored = false;
  {
    const std::lock_guard lock(mutex_);
    if (!off_.empty()) return;
    try {
      shaper_->set_uplink(resolved());
      restored = shaper_->mend();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "croftd: cannot restore the rates of containers' networks: %s\n", error.what());
    }
  }
  if (restored) options_.restored();
}

runtime::Description PutRates::describe() const {
  std::string names;
  for (const std::string& id : links) names += (names.empty() ? "" : ", ") + netns::host_link_name(id);
  return {"shape", (links.size() == 1 ? "link " : "links ") + names, to_text(after)};
}

void PutRates::undo() const noexcept {
  try {
    if (before)
      shaping->put(uuid, links, *before);
    else
      shaping->remove(uuid);
  } catch (const std::exception&) {  // the next change puts it right
    return;
  }
}

}  // namespace croft::ctl
