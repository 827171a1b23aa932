// The packet filter as the daemon keeps it: loaded when it starts, with the guards of all containers that
// there are; a guard comes and goes with its container's record, so that starting and stopping have nothing
// to do with it. What somebody else takes away is put back.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "netns/guard.h"
#include "netns/ruleset.h"
#include "runtime/change.h"

namespace croft::ctl {

class Firewall {
 public:
  struct Options {
    std::function<netns::Filter()> filter;  // what the registry says that there is
    std::function<void()> restored;         // rules were gone and are back
  };
  explicit Firewall(Options options) : options_(std::move(options)) {}

  // Loads the rules and watches them. A host where that is not possible runs containers all the same: off()
  // says why nothing is kept apart there.
  void start();
  void stop() { watch_.reset(); }         // watching; the rules stay
  [[nodiscard]] std::string off() const;  // empty: the rules are in force
  // Why the host cannot track connections, to translate addresses and to filter, or has no rules for bridges;
  // empty where it can, or never had to.
  [[nodiscard]] std::string lacking() const;

  // Nothing happens while the filter is off. Throw Error.
  void put(const netns::Guard& guard);
  void swap(const netns::Guard& before, const netns::Guard& after);
  // Before something that needs it is recorded: kUnsupported where the host cannot translate addresses.
  void need_translation();
  // Pools have changed in the registry.
  void follow_pools();
  // What containers reach of the host has changed in the registry. Throws Error kUnsupported where that
  // cannot be kept.
  void follow_host();
  // What cannot be removed now is gone with the next load.
  void remove(const netns::Guard& guard) noexcept;
  // Its link is gone: what it sent after its guard was removed has counted anew.
  void forget_counts(const netns::Guard& guard) noexcept;
  // Empty while the filter is off.
  [[nodiscard]] std::vector<netns::Dropped> dropped() const;

 private:
  void load();
  void load(const netns::Parts& parts);
  void load_with(const netns::Parts& needed);
  void change_chains(const netns::Guard& guard);
  void put_chains(const netns::Guard& guard);
  void load_first();
  bool adopt();
  bool look();
  void change_now(const std::vector<netns::Element>& gone, const std::vector<netns::Element>& come);
  void change(const std::vector<netns::Element>& gone, const std::vector<netns::Element>& come);

  Options options_;
  mutable std::mutex mutex_;
  std::unique_ptr<netns::Nftables> kernel_;
  std::string state_;  // of the rules as they were loaded
  std::string off_ = "it was not started";
  netns::Parts parts_;
  std::string lacking_;
  std::vector<netns::Prefix> masqueraded_;
  std::unique_ptr<netns::RulesetWatch> watch_;  // last: its thread uses the others
};

// The guard of a container that is being made; undo removes it.
struct PutGuard {
  Firewall* firewall = nullptr;
  netns::Guard guard;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const { firewall->put(guard); }
  void undo() const noexcept { firewall->remove(guard); }
};

// Of an interface that is no more.
struct DropGuard {
  Firewall* firewall = nullptr;
  netns::Guard guard;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const { firewall->remove(guard); }
  void undo() const noexcept;
};

// Another isolation for a container that is there.
struct SwapGuard {
  Firewall* firewall = nullptr;
  netns::Guard before;
  netns::Guard after;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const { firewall->swap(before, after); }
  void undo() const noexcept;
};

}  // namespace croft::ctl
