// What every verb works with, and the few things that several verbs need of it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cgroups/group.h"
#include "ctl/lifecycle/disk_pools.h"
#include "ctl/lifecycle/execs.h"
#include "ctl/lifecycle/firewall.h"
#include "ctl/lifecycle/host.h"
#include "ctl/lifecycle/keeper_link.h"
#include "ctl/lifecycle/live.h"
#include "ctl/lifecycle/registry/registry.h"
#include "ctl/lifecycle/shaping.h"
#include "ctl/lifecycle/traffic.h"
#include "ctl/lifecycle/worker.h"
#include "ctl/resources/control.h"
#include "ctl/spec/spec.h"
#include "templates/manifest.h"
#include "templates/store.h"

namespace croft::ctl {

class Metering;
class Webhooks;

struct Context {
  const Host& host;
  Registry& registry;
  KeeperLink& keeper;
  LiveTable& live;
  Execs& execs;
  templates::Store& store;
  ResourceControl& control;
  Worker& worker;
  Worker& watcher;  // for work that containers can hold up, so that they hold up nothing else
  Worker& remover;  // of trees, which may take long
  Worker& clerk;    // for what is done by a clock, one at a time
  Worker& hooks;    // for programs of the operator, which take what time they want
  Firewall& firewall;
  Traffic& traffic;
  Shaping& shaping;
  DiskPools& pools;
  Metering& metering;
  Webhooks& webhooks;
};

Json to_json(const Actor& actor);
// An event of what the actor did.
EventDraft event_of(const Actor& actor, std::string kind, Json detail = nullptr);
// Of what the call's actor does; in a dry run it and its change are only a rehearsal.
EventDraft event_of(const Call& call, std::string kind, Json detail = nullptr);
inline const Actor kDaemonActor{.uid = 0, .pid = 0, .origin = "daemon"};

// The container that a call's {ref} and ?tenant= mean. Throws Error kNotFound.
ContainerRecord container_of(const Context& context, const Call& call);
// The manifest of its template with the layers that it was made from. Throws Error.
templates::Manifest manifest_of(const Context& context, const ContainerRecord& record);
cgroups::GroupPath group_path(const Context& context, const ContainerRecord& record);
runtime::ProcessName process_name(const ContainerRecord& record, std::uint64_t generation,
                                  std::uint64_t process = 0);
// uuid text of a tag.
std::string uuid_of(const runtime::Tag& tag);
// The body's members must all be among `known`; throws Error kInvalid naming the others.
void check_members(const Json& body, std::initializer_list<std::string_view> known);
// The body's `set`: dotted keys and their texts, as on the command line. Throws Error kInvalid.
std::map<std::string, std::string> assignments_of(const Call& call);
// What a dry run answers: {"changes":[{"do","object","value"}...]}
Answer planned(const std::vector<runtime::Description>& changes);

}  // namespace croft::ctl
