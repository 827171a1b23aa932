#include "ctl/lifecycle/traffic_upkeep.h"

#include <chrono>
#include <cstdio>
#include <set>

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
void end_when_gone(Context& context, const std::string& uuid, const std::string& object, milliseconds pause) {
  try {
    if (!context.traffic.has_link(uuid)) return tell(context, uuid, object);
  } catch (const std::exception& error) {  // the registry, or the next daemon: nothing was forgotten
    std::fprintf(stderr, "croftd: cannot note what `%s` sent and received: %s\n", object.c_str(),
                 error.what());
  }
  context.remover.post_later(pause, [&context, uuid, object, pause] {
    end_when_gone(context, uuid, object, std::min(2 * pause, kLongestPause));
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

void end_traffic(Context& context, const std::string& uuid, const std::string& object) {
  context.remover.post([&context, uuid, object] { end_when_gone(context, uuid, object, kFirstPause); });
}

void end_strangers(Context& context) {
  std::set<std::string> known;
  for (const ContainerRecord& record : context.registry.containers()) known.insert(record.uuid);
  for (const auto& [uuid, total] : context.traffic.totals())
    if (!known.contains(uuid)) end_traffic(context, uuid, uuid);
}

}  // namespace croft::ctl
