// container.commit
#include "templates/commit.h"

#include <fcntl.h>

#include "ctl/lifecycle/layers.h"
#include "ctl/lifecycle/live.h"
#include "ctl/lifecycle/template_keep.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// Nothing in it may change while it is read.
void check_still(const ContainerRecord& record) {
  if (record.state == State::kStopped || record.state == State::kReady || record.state == State::kFrozen)
    return;
  throw Error(ErrorKind::kConflict,
              "cannot commit `" + record.object() + "`: it is " + std::string(to_text(record.state)))
      .cure("stop or freeze it first");
}

std::string asked_name(const Call& call) {
  check_members(call.body, {"template"});
  if (!call.body.contains("template") || !call.body["template"].is_string())
    throw runtime::wrong_field("template", "must be the name of the new template");
  return call.body["template"];
}

}  // namespace

Answer commit_container(Context& context, const Call& call) {
  const std::string name = asked_name(call);
  const ContainerRecord named = container_of(context, call);
  refuse_existing(context, name);
  const Activity activity(context.live.at(named.uuid), "being committed", named.object());
  const ContainerRecord record = context.registry.get(named.uuid);
  check_still(record);
  const templates::Manifest base = manifest_of(context, record);
  const std::string upper = paths_of(context, record).upper;
  if (call.dry_run)
    return planned({{"commit", record.object(),
                     "template " + name + ", a layer on " + std::to_string(base.layers.size()) + " of `" +
                         record.template_name + "`"}});
  try {
    const templates::Imported imported = templates::commit_container(
        context.store, name, base, runtime::open_file(upper, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
        record.id_base, control_of(call));
    return {.status = 200, .body = keep_template(context, call.actor, imported), .etag = "", .location = ""};
  } catch (Error& error) {
    collect_layers(context);
    throw error.wrap("cannot commit `" + record.object() + "` as template `" + name + "`");
  }
}

}  // namespace croft::ctl
