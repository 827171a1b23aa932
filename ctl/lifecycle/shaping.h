// The rates of containers' links as the daemon keeps them (netns/shaper.h): told with a container's start,
// its changes and those of the uplink, taken back with its end. What somebody else takes away is put back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cgroups/resources.h"
#include "ctl/lifecycle/uplink.h"
#include "ctl/spec/spec.h"
#include "netns/shaper.h"
#include "runtime/change.h"

namespace croft::ctl {

// What a container may have of its network.
struct NetWords {
  cgroups::Words in, out;
  ClassLimits class_in{}, class_out{};  // of traffic classes, within these
  bool operator==(const NetWords&) const = default;
};
NetWords net_words(const Spec& spec);
// "in 1M..4M share 200, out unlimited"
std::string to_text(const NetWords& words);

class Shaping {
 public:
  struct Options {
    std::string pins;                // the bpf file system of the counting
    std::function<void()> restored;  // something was gone and is back
  };
  explicit Shaping(Options options) : options_(std::move(options)) {}

  // A host where nothing can be shaped runs containers all the same: off() says why. `uncounted` is why links
  // are not counted, without which they cannot be shaped.
  void start(const std::string& uncounted, const std::optional<Uplink>& uplink);
  void stop() { watch_.reset(); }         // watching; the rates stay
  [[nodiscard]] std::string off() const;  // empty: rates are kept

  // Whether the uplink is there now.
  [[nodiscard]] bool has_uplink() const;
  // Throw Error. A container none of whose links is there is none of its business.
  void set_uplink(const std::optional<Uplink>& uplink);
  // `links`: what its links are named after; its words are of all of them together.
  void put(const std::string& uuid, const std::vector<std::string>& links, const NetWords& words);
  // Whether it has burst credit, by way: its rate is the limit with it, and the barrier without.
  void allow(const std::string& uuid, bool in, bool out) noexcept;
  // Another container with that uuid never comes.
  void remove(const std::string& uuid) noexcept;
  // All that run were put.
  void recovered() noexcept;
  // Looks whether everything is there.
  void look() noexcept;
  // What nobody needs any more goes; this may wait.
  void tidy() noexcept;

 private:
  void turn_off(const std::string& reason);
  void watch();
  [[nodiscard]] netns::UplinkRates resolved() const;
  struct Known {
    std::vector<int> links;
    NetWords words;
    bool burst_in = true;
    bool burst_out = true;
  };
  void tell(const Known& known);

  Options options_;
  mutable std::mutex mutex_;
  std::unique_ptr<netns::Shaper> shaper_;
  std::string off_ = "it was not started";
  std::optional<Uplink> uplink_;
  std::map<std::string, Known> known_;         // by uuid
  std::unique_ptr<netns::ShaperWatch> watch_;  // last: its thread uses the others
};

// The rates of a container that starts, or their change while it runs.
struct PutRates {
  Shaping* shaping = nullptr;
  std::string uuid;
  std::vector<std::string> links;
  std::optional<NetWords> before;  // empty: it starts
  NetWords after;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const { shaping->put(uuid, links, after); }
  void undo() const noexcept;
};

}  // namespace croft::ctl
