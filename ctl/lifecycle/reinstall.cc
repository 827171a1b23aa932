// container.reinstall: a container as it was when it was made, perhaps from another template, with its name,
// uuid, ids, addresses, settings and snapshots.
#include <unistd.h>

#include <cerrno>

#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/inits.h"
#include "ctl/lifecycle/snapshots.h"
#include "ctl/lifecycle/user.h"
#include "ctl/lifecycle/verbs.h"
#include "fs/pool.h"
#include "fs/shift.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "runtime/remove_tree.h"
#include "templates/stack.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

std::string template_of(const Call& call, const ContainerRecord& record) {
  check_members(call.body, {"template"});
  if (!call.body.is_object() || !call.body.contains("template")) return record.template_name;
  if (!call.body["template"].is_string()) throw runtime::wrong_field("template", "must be a text");
  return call.body["template"];
}

// What would not start is not installed.
void check_template(const Context& context, const ContainerRecord& record, const std::string& name) {
  const auto found = context.registry.find_template(name);
  if (!found)
    throw Error(ErrorKind::kNotFound, "there is no template `" + name + "`")
        .cure("`croft template list` shows what there is");
  const templates::Manifest manifest = templates::manifest_from_json(found->manifest);
  const Spec& spec = record.spec.parsed();
  resolve_init(spec, manifest);
  if (spec.user) find_user_in(templates::lower_directories(context.store, manifest), *spec.user);
}

void check_may(const ContainerRecord& record) {
  if (record.spec.parsed().is_protected)
    throw Error(ErrorKind::kConflict, "it is protected")
        .cure("`croft set " + record.object() + " protected=false` first");
  if (has_run(record.state))
    throw Error(ErrorKind::kConflict, "it is " + std::string(to_text(record.state)))
        .cure("stop it first, or say --force");
}

// What a new container has written, for a pool to restore from. Recovery removes what a kill leaves, by its
// name.
class Nothing {
 public:
  Nothing(std::shared_ptr<const fs::Pool> pool, const ContainerRecord& record)
      : pool_(std::move(pool)), home_(pool_->place() + "/.gone-" + record.uuid + "-nothing") {
    drop();
    const fs::ContainerPaths paths{
        .directory = home_, .home = home_, .upper = home_ + "/upper", .work = home_ + "/work"};
    try {
      fs::make_empty_home(*pool_, paths, record.id_base);
    } catch (...) {
      drop();
      throw;
    }
  }
  Nothing(const Nothing&) = delete;
  Nothing& operator=(const Nothing&) = delete;
  ~Nothing() {
    try {
      drop();
    } catch (const Error&) {
      return;
    }
  }
  [[nodiscard]] const std::string& home() const { return home_; }

 private:
  void drop() const {
    pool_->remove_home(home_, [] { return true; });
  }

  std::shared_ptr<const fs::Pool> pool_;
  std::string home_;
};

// Copies of the template's layers with the container's own ids, where the kernel cannot map them. The top one
// says that all are whole: it goes first.
void drop_shifted_layers(const fs::ContainerPaths& paths) {
  for (std::size_t i = 0; runtime::exists(fs::shifted_layer(paths.directory, i)); ++i)
    runtime::remove_tree(fs::shifted_layer(paths.directory, i));
}

void empty_it(Context& context, const ContainerRecord& record, const Call& call) {
  const auto pool = pool_with(context, record);
  const fs::ContainerPaths paths = paths_of(context, record);
  const Nothing nothing(pool, record);
  if (call.fail_at == 0) throw Error(ErrorKind::kSystem, "fault injected", EIO);
  pool->release(record.id_base);  // while what was and what will be count together
  unlink((paths.directory + "/identity").c_str());
  try {
    pool->restore(nothing.home(), paths, record.id_base, watch_of(call));
  } catch (...) {
    put_quota(context, record);
    throw;
  }
  put_quota(context, record);
}

}  // namespace

// The files come first: a daemon that dies before the template is noted leaves the old one as it was when
// new.
Answer reinstall_container(Context& context, const Call& call) {
  const ContainerRecord named = container_of(context, call);
  try {
    const Activity activity(context.live.at(named.uuid), "being reinstalled", named.object());
    const ContainerRecord record = context.registry.get(named.uuid);
    const std::string name = template_of(call, record);
    check_may(record);
    check_template(context, record, name);
    if (call.dry_run)
      return planned({{"empty", record.object(), ""}, {"make", record.object(), "template " + name}});
    empty_it(context, record, call);
    if (name != record.template_name) drop_shifted_layers(paths_of(context, record));
    if (call.fail_at == 1) throw Error(ErrorKind::kSystem, "fault injected", EIO);
    context.registry.set_template(record.uuid, name, event_of(call, "container.reinstalled"));
    return container_answer(context, record.uuid);
  } catch (Error& error) {
    throw error.wrap("cannot reinstall `" + named.object() + "`");
  }
}

}  // namespace croft::ctl
