// uplink.*: the host's way to the world, and how much of it there is for containers.
#include <net/if.h>

#include "ctl/lifecycle/uplink.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/amounts.h"
#include "ctl/spec/names.h"
#include "netns/link.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;
using runtime::Error;
using runtime::ErrorKind;

constexpr const char* kObject = "uplink";

Json shown_uplink(const Context& context, const Uplink& uplink) {
  Json body = uplink_json(uplink);
  body["present"] = context.shaping.has_uplink();
  const std::string off = context.shaping.off();
  body["unshaped"] = off.empty() ? Json() : Json(off);
  return body;
}

Uplink uplink_now(const Context& context) {
  if (auto uplink = stated_uplink(context.registry)) return *std::move(uplink);
  throw Error(ErrorKind::kNotFound, "no uplink is stated")
      .cure("`croft net uplink set DEVICE rate=1Gbit` states one");
}

std::string device_in(const Call& call, const std::optional<Uplink>& before) {
  const auto found = call.body.find("device");
  if (found == call.body.end() && before) return before->device;
  if (found == call.body.end() || !found->is_string())
    throw runtime::wrong_field("device", "is missing, or is not a text");
  std::string name = *found;
  if (name.empty() || if_nametoindex(name.c_str()) == 0)
    throw runtime::wrong_field("device", "is `" + shown(name) + "`, and this host has no such interface");
  if (name == "lo" || netns::is_host_link(name) || name == netns::kInTreeName || name == netns::kOutTreeName)
    throw runtime::wrong_field("device", "is `" + name + "`, which leads nowhere beyond this host");
  return name;
}

void take_rate(const Call& call, const char* way, Resource resource, std::optional<std::uint64_t>& rate) {
  const auto found = call.body.find(way);
  if (found == call.body.end()) return;
  rate.reset();
  if (found->is_null()) return;
  try {
    rate = amounts::read(resource, amounts::Word::kBarrier, *found);
  } catch (const Error& error) {
    throw runtime::wrong_field(way, error.what());
  }
}

Uplink wanted_uplink(const Call& call, const std::optional<Uplink>& before) {
  check_members(call.body, {"device", "in", "out"});
  Uplink next = before.value_or(Uplink{});
  next.device = device_in(call, before);
  take_rate(call, "in", Resource::kNetIn, next.in);
  take_rate(call, "out", Resource::kNetOut, next.out);
  if (!next.in && !next.out)
    throw runtime::wrong_field("in", "and out are both unset: say how much of the uplink there is");
  return next;
}

// All three places, or none of them.
void change_uplink(Context& context, const std::optional<Uplink>& before, const std::optional<Uplink>& next) {
  context.shaping.set_uplink(next);
  try {
    keep_uplink(context.registry, next);
  } catch (const Error&) {
    context.shaping.set_uplink(before);
    throw;
  }
  context.control.set_capacities(stated_capacities(context.registry));
}

std::string rate_text(const std::optional<std::uint64_t>& rate) {
  return rate ? amounts::format(Resource::kNetIn, *rate) : "unset";
}

Json json_or_null(const std::optional<Uplink>& uplink) {
  return uplink ? uplink_json(*uplink) : Json();
}

void note(Context& context, const Call& call, const char* kind, const std::optional<Uplink>& before,
          const std::optional<Uplink>& next) {
  EventDraft event = event_of(call, kind);
  event.before = json_or_null(before);
  event.after = json_or_null(next);
  context.registry.append_event(event, kObject);
}

}  // namespace

Answer show_uplink(Context& context, const Call&) {
  return {.status = 200, .body = shown_uplink(context, uplink_now(context)), .etag = "", .location = ""};
}

Answer set_uplink(Context& context, const Call& call) {
  const std::optional<Uplink> before = stated_uplink(context.registry);
  const Uplink next = wanted_uplink(call, before);
  if (const std::string off = context.shaping.off(); !off.empty())
    throw Error(ErrorKind::kUnsupported, "this host cannot divide an uplink: " + off)
        .cure("`croft host check` says what is missing");
  if (call.dry_run)
    return planned(
        {{"set", "uplink " + next.device, "in " + rate_text(next.in) + ", out " + rate_text(next.out)}});
  change_uplink(context, before, next);
  note(context, call, "uplink.changed", before, next);
  return show_uplink(context, call);
}

Answer remove_uplink(Context& context, const Call& call) {
  const Uplink before = uplink_now(context);
  if (call.dry_run) return planned({{"forget", "uplink " + before.device, ""}});
  change_uplink(context, before, std::nullopt);
  note(context, call, "uplink.removed", before, std::nullopt);
  return {.status = 200, .body = uplink_json(before), .etag = "", .location = ""};
}

}  // namespace croft::ctl
