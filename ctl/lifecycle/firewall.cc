#include "ctl/lifecycle/firewall.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "ctl/spec/spec.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using netns::Element;
using netns::Guard;
using runtime::Error;

// Counts to go on from, of containers that are still there.
std::vector<netns::Dropped> kept_of(netns::Nftables& kernel, const std::vector<Guard>& guards) {
  std::vector<netns::Dropped> kept;
  try {
    kept = kernel.dropped();
  } catch (const Error&) {  // no table yet
    return kept;
  }
  std::set<std::string> links;
  for (const Guard& guard : guards) links.insert(netns::host_link_name(guard.uuid));
  std::erase_if(kept, [&](const netns::Dropped& one) { return !links.contains(one.link); });
  return kept;
}

std::vector<Element> only_in(const Guard& one, const Guard& other) {
  const auto text = [](const Element& element) { return std::string(element.set) + " " + to_text(element); };
  std::set<std::string> theirs;
  for (const Element& element : netns::elements_of(other)) theirs.insert(text(element));
  std::vector<Element> own = netns::elements_of(one);
  std::erase_if(own, [&](const Element& element) { return theirs.contains(text(element)); });
  return own;
}

std::string isolation_text(const Guard& guard) {
  return std::to_string(guard.addresses.size()) + " addresses, isolation " +
         std::string(to_text(guard.isolation));
}

}  // namespace

void Firewall::load() {
  const std::vector<Guard> guards = options_.guards();
  netns::load_ruleset(netns::ruleset(guards, kept_of(*kernel_, guards)));
  state_ = kernel_->state();
}

// The rules of an earlier daemon, where they cannot be loaded anew.
bool Firewall::adopt() {
  try {
    if (!kernel_) return false;
    state_ = kernel_->state();
    if (state_.empty()) return false;
    for (const Guard& guard : options_.guards()) kernel_->change({}, netns::elements_of(guard));
    return true;
  } catch (const Error&) {
    return false;
  }
}

void Firewall::load_first() {
  const std::lock_guard lock(mutex_);
  try {
    kernel_ = std::make_unique<netns::Nftables>();
    netns::group_host_links(netns::list_host_links());
    load();
    off_.clear();
  } catch (const Error& error) {
    off_ = adopt() ? "" : error.what();
    std::fprintf(stderr, "croftd: %s: %s\n",
                 off_.empty() ? "the packet filter stays as it was" : "containers are not kept apart",
                 error.what());
  }
}

void Firewall::start() {
  load_first();
  if (!off().empty()) return;
  try {
    watch_ = std::make_unique<netns::RulesetWatch>([this] { return look(); });
    look();  // at what changed before it was watched
  } catch (const Error& error) {
    std::fprintf(stderr, "croftd: changes of the packet filter are not seen: %s\n", error.what());
  }
}

std::string Firewall::off() const {
  const std::lock_guard lock(mutex_);
  return off_;
}

bool Firewall::look() {
  {
    const std::lock_guard lock(mutex_);
    try {
      if (kernel_->state() == state_) return true;
      load();
      off_.clear();
    } catch (const Error& error) {
      if (off_.empty()) std::fprintf(stderr, "croftd: cannot restore the packet filter: %s\n", error.what());
      off_ = error.what();
      return false;
    }
  }
  options_.restored();
  return true;
}

// A set that is not there, or an element: the tables are not what they were. Loaded anew they hold what the
// registry says, to which the change is then made; what it takes away may not be in them.
void Firewall::change(const std::vector<Element>& gone, const std::vector<Element>& come) {
  const std::lock_guard lock(mutex_);
  if (!off_.empty()) return;
  try {
    kernel_->change(gone, come);
  } catch (const Error& error) {
    if (error.kind() != runtime::ErrorKind::kNotFound) throw;
    load();
    kernel_->change(gone, come);
  }
}

void Firewall::put(const Guard& guard) {
  change({}, netns::elements_of(guard));
}

void Firewall::swap(const Guard& before, const Guard& after) {
  change(only_in(before, after), only_in(after, before));
}

void Firewall::remove(const Guard& guard) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (!off_.empty()) return;
    std::vector<Element> gone = kernel_->present(netns::counters_of(netns::host_link_name(guard.uuid)));
    for (Element& element : netns::elements_of(guard)) gone.push_back(std::move(element));
    kernel_->change(gone, {});
  } catch (const std::exception&) {
    return;
  }
}

std::vector<netns::Dropped> Firewall::dropped() const {
  const std::lock_guard lock(mutex_);
  if (!off_.empty()) return {};
  return kernel_->dropped();
}

runtime::Description PutGuard::describe() const {
  return {"guard", "link " + netns::host_link_name(guard.uuid), isolation_text(guard)};
}

runtime::Description SwapGuard::describe() const {
  return {"guard", "link " + netns::host_link_name(after.uuid), isolation_text(after)};
}

void SwapGuard::undo() const noexcept {
  try {
    firewall->swap(after, before);
  } catch (const std::exception&) {  // the next load puts it right
    return;
  }
}

}  // namespace croft::ctl
