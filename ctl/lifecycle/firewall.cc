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

bool needs(const std::vector<Element>& elements) {
  return std::any_of(elements.begin(), elements.end(), netns::needs_translation);
}

std::vector<Element> without(const std::vector<netns::Prefix>& all, const std::vector<netns::Prefix>& these) {
  std::vector<Element> rest;
  for (const netns::Prefix& prefix : all)
    if (std::find(these.begin(), these.end(), prefix) == these.end())
      rest.push_back(netns::masquerade(prefix));
  return rest;
}

std::string guard_text(const Guard& guard) {
  std::string text = std::to_string(guard.addresses.size()) + " addresses, isolation " +
                     std::string(to_text(guard.isolation));
  for (const netns::Forward& forward : guard.forwards) text += ", forward " + netns::to_text(forward);
  return text;
}

}  // namespace

void Firewall::load(netns::Translation translation) {
  const netns::Filter filter = options_.filter();
  netns::load_ruleset(netns::ruleset(filter, kept_of(*kernel_, filter.guards), translation));
  state_ = kernel_->state();
  translation_ = translation;
  masqueraded_ = filter.masqueraded;
}

// With translation where something needs it. A kernel without it still keeps containers apart.
void Firewall::load() {
  if (needs(elements_of(options_.filter()))) {
    try {
      load(netns::Translation::kOn);
      no_translation_.clear();
      return;
    } catch (const Error& error) {
      no_translation_ = error.what();
    }
  }
  load(netns::Translation::kOff);
}

// It stays until the next load finds that nothing needs it.
void Firewall::load_translation() {
  if (translation_ == netns::Translation::kOn) return;
  try {
    load(netns::Translation::kOn);
    no_translation_.clear();
  } catch (Error& error) {
    no_translation_ = error.what();
    throw Error(runtime::ErrorKind::kUnsupported, "this host cannot translate addresses: " + no_translation_)
        .cure("nf_nat and nft_masq in the kernel");
  }
}

// The rules of an earlier daemon, where they cannot be loaded anew.
bool Firewall::adopt() {
  try {
    if (!kernel_) return false;
    state_ = kernel_->state();
    if (state_.empty()) return false;
    translation_ = netns::Translation::kOn;
    const netns::Filter filter = options_.filter();
    const std::vector<Element> all = elements_of(filter);
    masqueraded_ = filter.masqueraded;
    try {
      kernel_->change({}, all);
    } catch (const Error& error) {
      if (error.kind() != runtime::ErrorKind::kNotFound || !needs(all)) throw;
      no_translation_ = error.what();
      translation_ = netns::Translation::kOff;
      kernel_->change({}, netns::with_sets(all, translation_));
    }
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

std::string Firewall::no_translation() const {
  const std::lock_guard lock(mutex_);
  return no_translation_;
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
void Firewall::change_now(const std::vector<Element>& gone, const std::vector<Element>& come) {
  const bool translating = needs(come);
  if (translating) load_translation();
  try {
    kernel_->change(netns::with_sets(gone, translation_), netns::with_sets(come, translation_));
  } catch (const Error& error) {
    if (error.kind() != runtime::ErrorKind::kNotFound) throw;
    load();
    if (translating) load_translation();
    kernel_->change(netns::with_sets(gone, translation_), netns::with_sets(come, translation_));
  }
}

void Firewall::change(const std::vector<Element>& gone, const std::vector<Element>& come) {
  const std::lock_guard lock(mutex_);
  if (off_.empty()) change_now(gone, come);
}

void Firewall::put(const Guard& guard) {
  change({}, netns::elements_of(guard));
}

void Firewall::swap(const Guard& before, const Guard& after) {
  change(only_in(before, after), only_in(after, before));
}

void Firewall::need_translation() {
  const std::lock_guard lock(mutex_);
  if (off_.empty()) load_translation();
}

void Firewall::follow_pools() {
  const std::lock_guard lock(mutex_);
  if (!off_.empty()) return;
  const std::vector<netns::Prefix> wanted = options_.filter().masqueraded;
  change_now(without(masqueraded_, wanted), without(wanted, masqueraded_));
  masqueraded_ = wanted;
}

void Firewall::remove(const Guard& guard) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (!off_.empty()) return;
    std::vector<Element> gone = kernel_->present(netns::counters_of(netns::host_link_name(guard.uuid)));
    for (Element& element : netns::elements_of(guard)) gone.push_back(std::move(element));
    gone = netns::with_sets(std::move(gone), translation_);
    try {
      kernel_->change(gone, {});
    } catch (const Error& error) {
      if (error.kind() != runtime::ErrorKind::kNotFound) throw;
      kernel_->change(kernel_->present(gone), {});
    }
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
  return {"guard", "link " + netns::host_link_name(guard.uuid), guard_text(guard)};
}

runtime::Description SwapGuard::describe() const {
  return {"guard", "link " + netns::host_link_name(after.uuid), guard_text(after)};
}

void SwapGuard::undo() const noexcept {
  try {
    firewall->swap(after, before);
  } catch (const std::exception&) {  // the next load puts it right
    return;
  }
}

}  // namespace croft::ctl
