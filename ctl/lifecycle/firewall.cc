#include "ctl/lifecycle/firewall.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "ctl/spec/spec.h"
#include "netns/link_rules.h"
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

std::vector<Element> without(const std::vector<netns::Prefix>& all, const std::vector<netns::Prefix>& these) {
  std::vector<Element> rest;
  for (const netns::Prefix& prefix : all)
    if (std::find(these.begin(), these.end(), prefix) == these.end())
      rest.push_back(netns::masquerade(prefix));
  return rest;
}

Guard without_chains(Guard guard) {
  guard.filter = {};
  guard.connections.reset();
  return guard;
}

std::string guard_text(const Guard& guard) {
  std::string text = std::to_string(guard.addresses.size()) + " addresses, isolation " +
                     std::string(to_text(guard.isolation));
  if (guard.on_bridge) text = "on a bridge, " + text;
  for (const netns::Forward& forward : guard.forwards) text += ", forward " + netns::to_text(forward);
  if (!guard.filter.empty())
    text += ", firewall in=" + std::string(to_text(guard.filter.in)) +
            " out=" + std::string(to_text(guard.filter.out)) + " and " +
            std::to_string(guard.filter.rules.size()) + " rules";
  if (guard.connections) text += ", at most " + std::to_string(*guard.connections) + " connections";
  return text;
}

}  // namespace

void Firewall::load(const netns::Parts& parts) {
  const netns::Filter filter = options_.filter();
  const std::vector<netns::Dropped> kept = kept_of(*kernel_, filter.guards);
  const std::string first = kernel_->has_ports() ? "delete table bridge croft\n" : "";
  netns::load_ruleset(first + netns::ruleset(filter, kept, parts));
  state_ = kernel_->state();
  parts_ = parts;
  masqueraded_ = filter.masqueraded;
}

// A kernel that does not track connections still keeps containers apart, also those on bridges.
void Firewall::load() {
  const netns::Parts parts = netns::needed_by(options_.filter());
  const netns::Parts tracking{.translation = parts.translation, .filters = parts.filters, .host = parts.host};
  netns::Parts tried;
  for (const netns::Parts& some : {parts, netns::Parts{.ports = parts.ports}, tracking}) {
    if (some == tried || some == netns::Parts{}) continue;
    tried = some;
    try {
      load(some);
      if (some == parts) lacking_.clear();
      return;
    } catch (const Error& error) {
      lacking_ = error.what();
      std::fprintf(
          stderr, "croftd: %s of containers are not in force: %s\n",
          some.ports ? "rules for bridges, or NAT, forwards and firewalls" : "NAT, forwards and firewalls",
          error.what());
    }
  }
  load(netns::Parts{});
}

// They stay until the next load finds that nothing needs them.
void Firewall::load_with(const netns::Parts& needed) {
  if (netns::covers(parts_, needed)) return;
  try {
    load(parts_ | needed);
    lacking_.clear();
  } catch (Error& error) {
    lacking_ = error.what();
    if (needed.ports)
      throw Error(runtime::ErrorKind::kUnsupported, "this host cannot filter bridges: " + lacking_)
          .cure("nf_tables with its bridge family in the kernel (CONFIG_NF_TABLES_BRIDGE)");
    throw Error(runtime::ErrorKind::kUnsupported, "this host cannot track connections: " + lacking_)
        .cure("nf_conntrack, nft_ct, nf_nat, nft_nat, nft_masq and nft_fib in the kernel");
  }
}

// The rules of an earlier daemon, where they cannot be loaded anew.
bool Firewall::adopt() {
  try {
    if (!kernel_) return false;
    state_ = kernel_->state();
    if (state_.empty()) return false;
    parts_ = {.translation = true, .filters = true, .ports = kernel_->has_ports()};
    const netns::Filter filter = options_.filter();
    const std::vector<Element> all = elements_of(filter);
    masqueraded_ = filter.masqueraded;
    try {
      kernel_->change({}, all);
    } catch (const Error& error) {
      if (error.kind() != runtime::ErrorKind::kNotFound || !netns::needed_by(all).translation) throw;
      lacking_ = error.what();
      parts_ = {.ports = parts_.ports};
      kernel_->change({}, netns::with_sets(all, parts_));
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
    netns::group_host_links();
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

std::string Firewall::lacking() const {
  const std::lock_guard lock(mutex_);
  return lacking_;
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
  load_with(netns::needed_by(come));
  try {
    kernel_->change(netns::with_sets(gone, parts_), netns::with_sets(come, parts_));
  } catch (const Error& error) {
    if (error.kind() != runtime::ErrorKind::kNotFound) throw;
    load();
    load_with(netns::needed_by(come));
    kernel_->change(netns::with_sets(gone, parts_), netns::with_sets(come, parts_));
  }
}

void Firewall::change(const std::vector<Element>& gone, const std::vector<Element>& come) {
  const std::lock_guard lock(mutex_);
  if (off_.empty()) change_now(gone, come);
}

// By nft, in one transaction: a packet meets the rules before or those after.
void Firewall::change_chains(const Guard& guard) {
  if (has_chains(guard)) load_with({.filters = true});
  if (!parts_.filters) return;
  netns::load_ruleset(has_chains(guard) ? netns::put_chains_text(guard)
                                        : netns::drop_chains_text(netns::host_link_name(guard.uuid)));
  state_ = kernel_->state();
}

// Everything that a load brings is there before: it would bring what the registry says, which does not know
// yet what is being put.
void Firewall::put_chains(const Guard& guard) {
  const std::lock_guard lock(mutex_);
  if (!off_.empty()) return;
  if (kernel_->state() != state_) load();
  load_with(netns::needed_by(netns::elements_of(guard)));
  change_chains(guard);
}

void Firewall::put(const Guard& guard) {
  if (has_chains(guard)) put_chains(guard);
  try {
    change({}, netns::elements_of(guard));
  } catch (...) {
    remove(guard);
    throw;
  }
}

void Firewall::swap(const Guard& before, const Guard& after) {
  const bool other = before.filter != after.filter || before.connections != after.connections;
  if (other) put_chains(after);
  try {
    change(only_in(before, after), only_in(after, before));
  } catch (...) {
    if (other) put_chains(before);
    throw;
  }
}

void Firewall::need_translation() {
  const std::lock_guard lock(mutex_);
  if (off_.empty()) load_with(netns::kTranslating);
}

void Firewall::follow_pools() {
  const std::lock_guard lock(mutex_);
  if (!off_.empty()) return;
  const std::vector<netns::Prefix> wanted = options_.filter().masqueraded;
  change_now(without(masqueraded_, wanted), without(wanted, masqueraded_));
  masqueraded_ = wanted;
}

void Firewall::follow_host() {
  const std::lock_guard lock(mutex_);
  if (!off_.empty()) return;
  load();
  if (!parts_.host && netns::needed_by(options_.filter()).host)
    throw Error(runtime::ErrorKind::kUnsupported, "this host cannot track connections: " + lacking_)
        .cure("nf_conntrack and nft_ct in the kernel");
}

void Firewall::remove(const Guard& guard) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (!off_.empty()) return;
    std::vector<Element> gone = kernel_->present(netns::counters_of(guard));
    for (Element& element : netns::elements_of(guard)) gone.push_back(std::move(element));
    gone = netns::with_sets(std::move(gone), parts_);
    try {
      kernel_->change(gone, {});
    } catch (const Error& error) {
      if (error.kind() != runtime::ErrorKind::kNotFound) throw;
      kernel_->change(kernel_->present(gone), {});
    }
    if (has_chains(guard)) change_chains(without_chains(guard));
  } catch (const std::exception&) {
    return;
  }
}

void Firewall::forget_counts(const Guard& guard) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (off_.empty()) kernel_->change(kernel_->present(netns::counters_of(guard)), {});
  } catch (const std::exception&) {  // the tables were made anew, without it
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

runtime::Description DropGuard::describe() const {
  return {"unguard", "link " + netns::host_link_name(guard.uuid), ""};
}

void DropGuard::undo() const noexcept {
  try {
    firewall->put(guard);
  } catch (const std::exception&) {  // the next load puts it right
    return;
  }
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
