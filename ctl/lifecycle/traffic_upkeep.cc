#include "ctl/lifecycle/traffic_upkeep.h"

#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes kSettleEvery{1};
constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{5000};

void tell(Context& context, const std::string& uuid, const std::string& object) {
  const auto total = context.traffic.total(uuid);
  if (!total) return;
  context.registry.append_event(
      event_of(kDaemonActor, "container.traffic", {{"traffic", traffic_json(*total)}}), object, uuid);
  context.traffic.forget(uuid);
}

// A net namespace goes a moment after its last process.
struct Ending {
  std::string uuid;
  std::string object;
  std::vector<netns::Guard> guards;
};

void end_when_gone(Context& context, const Ending& ending, milliseconds pause) {
  const auto& [uuid, object, guards] = ending;
  try {
    if (!context.traffic.has_link(uuid)) {
      for (const netns::Guard& guard : guards) context.firewall.forget_counts(guard);
      return tell(context, uuid, object);
    }
  } catch (const std::exception& error) {  // the registry, or the next daemon: nothing was forgotten
    std::fprintf(stderr, "croftd: cannot note what `%s` sent and received: %s\n", object.c_str(),
                 error.what());
  }
  context.remover.post_later(pause, [&context, ending, pause] {
    end_when_gone(context, ending, std::min(2 * pause, kLongestPause));
  });
}

}  // namespace

void keep_settling(Context& context) {
  context.worker.post_later(kSettleEvery, [&context] {
    context.traffic.settle();
    context.shaping.look();  // it hangs at what is counted
    keep_settling(context);
  });
}

void end_traffic(Context& context, const std::string& uuid, const std::string& object,
                 std::vector<netns::Guard> guards) {
  context.remover.post([&context, ending = Ending{uuid, object, std::move(guards)}] {
    end_when_gone(context, ending, kFirstPause);
  });
}

void end_strangers(Context& context) {
  std::set<std::string> known;
  for (const ContainerRecord& record : context.registry.containers()) known.insert(record.uuid);
  for (const auto& [uuid, total] : context.traffic.totals())
    if (!known.contains(uuid)) end_traffic(context, uuid, uuid);
}

}  // namespace croft::ctl
