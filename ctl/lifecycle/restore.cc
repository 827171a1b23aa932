// backup.restore and backup.verify: a container from what container.backup wrote, on this host or another.
//
// The record comes before the first file, as `configured`: a daemon that starts again destroys what is not
// ready. Nothing is ready before all of the archive was read and compared with its digests.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "ctl/lifecycle/create.h"
#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/layers.h"
#include "ctl/lifecycle/session.h"
#include "ctl/lifecycle/snapshots.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "ctl/spec/patch.h"
#include "fs/pool.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "templates/assemble.h"
#include "templates/backup.h"
#include "templates/walk.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

// What the client asks for beside what the backup says; empty texts: as it says.
struct Asked {
  std::string name;
  std::string tenant;
  std::map<std::string, std::string> set;
  bool dry_run = false;
};

// Ends the reading where a dry run has seen enough.
struct Rehearsed {
  std::vector<runtime::Description> changes;
};

Asked asked_for(const Call& call) {
  check_members(call.body, {"name", "tenant", "set", "dry_run"});
  Asked asked;
  for (auto [key, text] : {std::pair{"name", &asked.name}, std::pair{"tenant", &asked.tenant}}) {
    const Json value = call.body.is_object() ? call.body.value(key, Json("")) : Json("");
    if (!value.is_string()) throw runtime::wrong_field(key, "must be a text");
    *text = value;
  }
  asked.set = assignments_of(call);
  const Json dry = call.body.is_object() ? call.body.value("dry_run", Json(false)) : Json(false);
  if (!dry.is_boolean()) throw runtime::wrong_field("dry_run", "must be true or false");
  asked.dry_run = dry.get<bool>();
  return asked;
}

// The store's layers that a backup needs: those that are missing are taken from it.
class MissingLayers {
 public:
  MissingLayers(Context& context, const templates::Control& control, templates::Report& report)
      : context_(context), control_(control), report_(report) {}

  void need(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
      if (!templates::is_layer_id(id))
        throw Error(ErrorKind::kInvalid, "the backup names no layers of its template");
      pins_.push_back(context_.store.pin(id));
      if (!context_.store.has(id)) missing_.push_back(id);
    }
  }

  templates::Sink* take(const std::string& id) {
    if (std::find(missing_.begin(), missing_.end(), id) == missing_.end()) return nullptr;
    if (!spool_) spool_.emplace(context_.store.stage());
    if (mkdirat(spool_->root().get(), name_of(id).c_str(), 0700) != 0)
      runtime::fail_errno("cannot make a directory for the layer " + id);
    unpackers_.push_back(std::make_unique<Unpacked>(
        runtime::open_at(spool_->root(), name_of(id), O_RDONLY | O_DIRECTORY), control_, report_));
    taken_[id] = unpackers_.back().get();
    return &unpackers_.back()->unpacker;
  }

  // Puts them into the store.
  void settle(const std::string& template_name) {
    for (const std::string& id : missing_) {
      const auto found = taken_.find(id);
      if (found == taken_.end())
        throw Error(ErrorKind::kNotFound, "this host has not all layers of the template `" + template_name +
                                              "`, and the backup does not carry them")
            .cure("import the template, or make the backup without --no-template");
      found->second->unpacker.finish();
      const templates::Imported imported = templates::assemble(
          context_.store, template_name, control_,
          [&](templates::Unpacker& unpacker, templates::Report& report) {
            templates::read_directory(found->second->root, report, unpacker, templates::Reading::kLayer);
          });
      if (imported.manifest.layers != std::vector<std::string>{id})
        throw Error(ErrorKind::kInvalid, "the layer " + id + " in the backup is not what it was");
    }
  }

 private:
  struct Unpacked {
    Unpacked(Fd fd, const templates::Control& control, templates::Report& report)
        : root(std::move(fd)), unpacker(root, control, report) {}
    Fd root;
    templates::Unpacker unpacker;
  };
  static std::string name_of(const std::string& id) { return id.substr(id.find(':') + 1); }

  Context& context_;
  const templates::Control& control_;
  templates::Report& report_;
  std::vector<templates::Pin> pins_;
  std::vector<std::string> missing_;
  std::optional<templates::Staging> spool_;
  std::vector<std::unique_ptr<Unpacked>> unpackers_;
  std::map<std::string, Unpacked*> taken_;
};

class Restore : public templates::BackupTaker {
 public:
  Restore(Context& context, const Call& call, const templates::Control& control)
      : context_(context),
        call_(call),
        control_(control),
        asked_(asked_for(call)),
        layers_(context, control, report_) {}

  // Nothing is left of one that did not come to its end.
  ~Restore() override {
    if (!record_) return;
    try {
      if (files_) files_->undo();
      context_.registry.begin_destroy(record_->uuid, event_of(call_.actor, "container.destroying"));
      context_.registry.finish_destroy(record_->uuid, event_of(call_.actor, "container.destroyed"));
      context_.live.erase(record_->uuid);
    } catch (const std::exception&) {  // the daemon's next start destroys it
      return;
    }
  }

  void about(const Json& said) override {
    try {
      read_about(said);
    } catch (const Json::exception&) {
      throw Error(ErrorKind::kInvalid, "the backup does not say what it is of");
    }
    layers_.need(wanted_.layers.value());
    check_wanted(context_, wanted_);
    if (asked_.dry_run) rehearse();
  }

  templates::Sink* layer(const std::string& id) override { return layers_.take(id); }

  templates::Sink* root() override {
    layers_.settle(manifest_.name);
    if (!context_.registry.find_template(manifest_.name))
      context_.registry.add_template(manifest_.name, templates::to_json(manifest_),
                                     event_of(call_.actor, "template.added", {{"restored", true}}));
    record_ = context_.registry.create_container(
        wanted_, event_of(call_.actor, "container.created", {{"restored", wanted_.name}}));
    activity_.emplace(context_.live.at(record_->uuid), "being restored", record_->object());
    files_.emplace(fs::MakeContainerFiles{.paths = paths_of(context_, *record_),
                                          .root_id = record_->id_base,
                                          .pool = pool_with(context_, *record_)});
    files_->apply();
    upper_ = runtime::open_file(files_->paths.upper, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    unpacker_ = std::make_unique<templates::Unpacker>(upper_, control_, report_);
    return unpacker_.get();
  }

  void end(const templates::Inventory& files, const Json& said) override {
    const templates::Unpacker::Result result = unpacker_->finish();
    templates::compare_with_list(result.inventory, files);
    if (said.value(Json::json_pointer("/root/id"), Json()) != result.id)
      throw Error(ErrorKind::kInvalid, "the backup is damaged: its files differ from its digest");
    fs::shift_tree(files_->paths.upper, {record_->id_base, kIdRangeSize}, {});
    flush_files(files_->paths.home);
  }

  // When all of it is read.
  Json finish() {
    runtime::Changes changes;
    runtime::add(changes, LimitDisk{context_, *record_});
    plan_new_guard(context_, *record_, changes);
    const ContainerRecord record = *record_;
    try {
      Answer answer = bring_about(context_, record, call_, changes);
      record_.reset();
      answer.body["left_out"] = stripped_;
      answer.body["notes"] = report_.notes;
      return answer.body;
    } catch (...) {
      files_->undo();
      record_.reset();
      throw;
    }
  }

 private:
  // What is wrong with the files only a whole reading shows (`backup verify`).
  [[noreturn]] void rehearse() {
    Rehearsed rehearsed;
    const std::string object = wanted_.tenant + "/" + wanted_.name;
    if (context_.registry.find_template(manifest_.name)) {
      EventDraft event = event_of(call_.actor, "container.created");
      event.rehearsal = true;
      context_.registry.create_container(wanted_, event);
    } else {
      rehearsed.changes.push_back({"record", "template " + manifest_.name, ""});
    }
    rehearsed.changes.push_back({"record", object, "template " + manifest_.name});
    for (const std::string& key : stripped_) rehearsed.changes.push_back({"leave out", key, ""});
    rehearsed.changes.push_back({"restore files", object, ""});
    throw rehearsed;
  }

  void read_about(const Json& said) {
    const Json& container = said.at("container");
    manifest_ = templates::manifest_from_json(said.at("template"));
    templates::check_template_name(manifest_.name);
    const std::string name = container.at("name");
    Json spec = container.at("spec");
    wanted_.name = asked_.name.empty() ? name : asked_.name;
    check_container_name(wanted_.name);
    wanted_.tenant = asked_.tenant.empty() ? container.at("tenant").get<std::string>() : asked_.tenant;
    if (wanted_.name != name || wanted_.tenant != container.at("tenant")) stripped_ = strip_own(spec);
    wanted_.spec = to_json(parse_spec(apply_assignments(std::move(spec), asked_.set)));
    wanted_.plan_values = container.value("plan_values", Json());
    wanted_.template_name = manifest_.name;
    wanted_.layers = manifest_.layers;
    if (wanted_.spec.parsed().template_name != manifest_.name)
      throw runtime::wrong_field("template", "of a backup is that of the original");
    set_leases(wanted_);
  }

  Context& context_;
  const Call& call_;
  const templates::Control& control_;
  Asked asked_;
  templates::Report report_;
  MissingLayers layers_;
  templates::Manifest manifest_;
  NewContainer wanted_;
  std::vector<std::string> stripped_;
  std::optional<ContainerRecord> record_;  // while it is not ready
  std::optional<Activity> activity_;
  std::optional<fs::MakeContainerFiles> files_;
  Fd upper_;
  std::unique_ptr<templates::Unpacker> unpacker_;
};

}  // namespace

void restore_session(Context& context, const Call& call, Stream stream) {
  const std::vector<Fd> fds = receive_first(stream, 1);
  const FollowedWork work(stream);
  try {
    Json done;
    {
      Restore restore(context, call, work.control());
      templates::Report report;
      templates::read_backup(fds[0], work.control(), report, restore);
      done = restore.finish();
    }
    send_line(stream, Json{{"done", done}}.dump() + "\n");
  } catch (const Rehearsed& rehearsed) {
    send_line(stream, Json{{"done", planned(rehearsed.changes).body}}.dump() + "\n");
  } catch (Error& error) {
    collect_layers(context);
    send_line(stream, error_line(error.wrap("cannot restore the backup")));
  }
}

void verify_session(Context& /*context*/, const Call& call, Stream stream) {
  check_members(call.body, {});
  const std::vector<Fd> fds = receive_first(stream, 1);
  const FollowedWork work(stream);
  try {
    templates::Report report;
    const templates::VerifiedBackup found = templates::verify_backup(fds[0], work.control(), report);
    const Json about = Json::parse(found.about);
    const Json container = about.value("container", Json::object());
    const Json done{{"name", container.value("name", Json())},
                    {"tenant", container.value("tenant", Json())},
                    {"created", about.value("created", Json())},
                    {"template", container.value("template", Json())},
                    {"id", found.id},
                    {"files", found.files},
                    {"layers", found.layers}};
    send_line(stream, Json{{"done", done}}.dump() + "\n");
  } catch (Error& error) {
    send_line(stream, error_line(error.wrap("cannot verify the backup")));
  }
}

}  // namespace croft::ctl
