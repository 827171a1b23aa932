#include "ctl/lifecycle/trash.h"

#include <cstdio>
#include <ctime>

#include "ctl/lifecycle/destroy.h"
#include "ctl/lifecycle/live.h"
#include "ctl/lifecycle/time.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::chrono::seconds kEvery{30};

std::string tenant_of(const Call& call) {
  const auto tenant = call.query.find("tenant");
  return tenant == call.query.end() ? "default" : tenant->second;
}

bool is_over(const ContainerRecord& record) {
  if (record.trashed.is_null()) return false;
  const std::int64_t until = seconds_of(record.trashed.value("until", ""));
  return until > 0 && until <= time(nullptr);
}

void destroy_one(Context& context, const ContainerRecord& known) {
  try {
    const Activity activity(context.live.at(known.uuid), "being destroyed", known.object());
    const auto record = context.registry.find(known.uuid);
    if (record && is_over(*record)) destroy_now(context, *record, kDaemonActor);
  } catch (const Error& error) {  // tried again, and its reason is told
    std::fprintf(stderr, "croftd: cannot empty the trash: %s\n", error.what());
  }
}

void look_again_and_again(Context& context) {
  try {
    ContainerFilter filter;
    filter.trashed = true;
    for (const ContainerRecord& record : context.registry.containers(filter)) {
      if (context.clerk.stopping()) return;
      if (is_over(record)) destroy_one(context, record);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "croftd: cannot look into the trash: %s\n", error.what());
  }
  context.clerk.post_later(kEvery, [&context] { look_again_and_again(context); });
}

}  // namespace

std::string trash_time(Seconds keep) {
  return time_text(time(nullptr) + static_cast<std::int64_t>(keep.value));
}

void put_in_trash(Context& context, const ContainerRecord& record, Seconds keep, const Actor& actor) {
  const Json trashed{{"since", now_text()}, {"until", trash_time(keep)}, {"actor", to_json(actor)}};
  context.registry.set_trashed(record.uuid, trashed, "", event_of(actor, "container.trashed"));
}

ContainerRecord trashed_of(const Context& context, const Call& call) {
  const std::string& ref = call.path.at("ref");
  const bool by_uuid = looks_like_uuid(ref);
  ContainerFilter filter;
  filter.trashed = true;
  if (!by_uuid) filter.tenant = tenant_of(call);
  std::optional<ContainerRecord> found;
  for (ContainerRecord& record : context.registry.containers(filter)) {
    if ((by_uuid ? record.uuid : record.name) != ref) continue;
    if (!found || found->trashed.value("since", "") <= record.trashed.value("since", ""))
      found = std::move(record);
  }
  if (found) return *std::move(found);
  throw Error(ErrorKind::kNotFound, "there is no `" + shown(ref) + "` in the trash")
      .cure("`croft trash list` shows what there is");
}

ContainerRecord container_or_trashed(const Context& context, const Call& call) {
  return context.registry.get(call.path.at("ref"), tenant_of(call));
}

void keep_trash(Context& context) {
  context.clerk.post([&context] { look_again_and_again(context); });
}

}  // namespace croft::ctl
