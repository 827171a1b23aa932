#include "ctl/lifecycle/refusals.h"

#include <chrono>
#include <cstdio>
#include <map>
#include <memory>

#include "ctl/lifecycle/nic.h"
#include "netns/conntrack.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

constexpr std::chrono::seconds kEvery{10};
constexpr const char* kStatistics = "/proc/net/stat/nf_conntrack";

// As they were when they were last looked at.
struct Seen {
  std::map<std::string, std::uint64_t> links;
  std::uint64_t table = 0;
};

Seen look(const Context& context) {
  Seen now;
  for (const netns::Dropped& one : context.firewall.dropped())
    if (one.drop == netns::Drop::kConnections) now.links[one.link] += one.packets;
  if (runtime::exists(kStatistics)) now.table = netns::dropped_for_room(runtime::read_file(kStatistics));
  return now;
}

void tell_of_links(Context& context, const Seen& before, const Seen& now) {
  std::map<std::string, std::uint64_t> more;
  for (const auto& [link, packets] : now.links) {
    const auto known = before.links.find(link);
    const std::uint64_t old = known == before.links.end() ? 0 : known->second;
    if (packets > old) more[link] = packets - old;
  }
  if (more.empty()) return;
  for (const ContainerRecord& record : context.registry.containers())
    for (const Interface& one : interfaces_of(context.host, record, record.spec.parsed()))
      if (const auto found = more.find(netns::host_link_name(one.id)); found != more.end())
        context.registry.append_event(
            event_of(kDaemonActor, "net.connections-refused",
                     {{"interface", one.name},
                      {"packets", found->second},
                      {"limit", one.net->connections ? Json(*one.net->connections) : Json()}}),
            record.object(), record.uuid);
}

void tell_of_table(Context& context, const Seen& before, const Seen& now) {
  const auto table = netns::connection_table();
  if (now.table <= before.table || !table) return;
  context.registry.append_event(
      event_of(
          kDaemonActor, "net.table-full",
          {{"packets", now.table - before.table}, {"connections", table->count}, {"limit", table->most}}),
      "host");
}

void tell(Context& context, const std::shared_ptr<Seen>& seen) {
  try {
    const Seen now = look(context);
    tell_of_links(context, *seen, now);
    tell_of_table(context, *seen, now);
    *seen = now;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "croftd: cannot tell of connections that were refused: %s\n", error.what());
  }
  context.worker.post_later(kEvery, [&context, seen] { tell(context, seen); });
}

}  // namespace

void keep_telling_refusals(Context& context) {
  const auto seen = std::make_shared<Seen>();
  try {
    *seen = look(context);
  } catch (const std::exception&) {  // then all that there is counts as new
  }
  context.worker.post_later(kEvery, [&context, seen] { tell(context, seen); });
}

}  // namespace croft::ctl
