// What containers send and receive, by class (netns/traffic.h), from their creation to their end. The kernel
// counts; the registry has the sums of what it no longer counts. What is asked for is the two together, so
// that it does not matter when the one becomes the other.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ctl/lifecycle/registry/registry.h"
#include "ctl/lifecycle/traffic_account.h"
#include "netns/traffic.h"

namespace croft::ctl {

class Traffic {
 public:
  Traffic(std::string pins, Registry& registry) : pins_(std::move(pins)), registry_(registry) {}

  // A host where nothing can be counted runs containers all the same: off() says why.
  void start();
  [[nodiscard]] std::string off() const;  // empty: everything is counted

  // A new link's host end, before it comes up. Throws Error.
  void begin(int link, const std::string& uuid);
  // The links of a container that ran when the daemon started, by what they are named after.
  void resume(const std::string& uuid, const std::vector<std::string>& links) noexcept;

  // By prefix. set_classes is for packets that follow; throws Error, and then they are as before.
  [[nodiscard]] std::map<std::string, std::uint8_t> classes() const;
  void set_classes(const std::map<std::string, std::uint8_t>& classes);
  // Those that have prefixes, and 0.
  [[nodiscard]] std::set<std::uint8_t> class_numbers() const;

  // Held over reading them, changing them and telling of it.
  [[nodiscard]] std::mutex& changing() { return changing_; }
  // Of every container that has counted anything, or of one. Throw Error.
  [[nodiscard]] std::map<std::string, netns::Traffic> totals() const;
  [[nodiscard]] std::optional<netns::Traffic> total(const std::string& uuid) const;
  // Bytes over a container's links since they were made, both ways; without the registry, and waits for
  // nobody.
  [[nodiscard]] std::optional<netns::ClassTraffic> counted_now(const std::string& uuid) const;
  // Whether a link of it that was counted is still there.
  [[nodiscard]] bool has_link(const std::string& uuid) const;
  // Has the registry know what the kernel knows, for a loss of power; of links that are gone the kernel then
  // forgets it. Links that somebody took the counting off are counted again.
  void settle() noexcept;
  // All of a container that is no more. Throws Error.
  void forget(const std::string& uuid);

 private:
  using Runs = std::map<std::string, std::vector<netns::LinkTraffic>>;  // by uuid
  [[nodiscard]] Runs runs() const;
  [[nodiscard]] std::vector<netns::LinkTraffic> runs_of(const std::string& uuid) const;
  [[nodiscard]] std::set<std::uint32_t> links_of(const std::string& uuid) const;
  void note_link(const std::string& uuid, std::uint32_t link);
  void settle_all(std::set<std::uint32_t> gone);
  void settle_one(const std::string& uuid, const std::vector<netns::LinkTraffic>& runs);
  void put(const std::map<std::string, std::uint8_t>& classes);
  void turn_off(const std::string& reason);

  std::string pins_;
  Registry& registry_;
  std::mutex changing_;
  mutable std::mutex mutex_;
  std::unique_ptr<netns::TrafficMeter> meter_;  // stays as start() leaves it
  std::string off_ = "it was not started";
  mutable std::mutex links_mutex_;
  std::map<std::string, std::set<std::uint32_t>> links_;  // by uuid: all that the meter has counts of
};

}  // namespace croft::ctl
