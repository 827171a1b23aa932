// container.backup: what a container is, as one archive to a descriptor of the client's.
//
// It is read from a snapshot that has no name yet, so that the container is frozen for the moment of the
// snapshot only, and that the daemon's next start removes it when this one is killed.
#include <fcntl.h>
#include <unistd.h>

#include "ctl/lifecycle/session.h"
#include "ctl/lifecycle/snapshots.h"
#include "ctl/lifecycle/time.h"
#include "ctl/lifecycle/verbs.h"
#include "fs/pool.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "templates/backup.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// A snapshot that is there only for as long as it is read.
class Passing {
 public:
  Passing(Context& context, const Call& call, const templates::Control& control)
      : pool_(), path_(), directory_() {
    const ContainerRecord named = container_of(context, call);
    const Activity activity(context.live.at(named.uuid), "being copied", named.object());
    record_ = context.registry.get(named.uuid);
    if (record_.state == State::kConfigured || record_.state == State::kDestroying)
      throw Error(ErrorKind::kConflict, "it is " + std::string(to_text(record_.state)));
    pool_ = pool_with(context, record_);
    directory_ = snapshots_of(context, record_);
    path_ = directory_ + "/.backup-" + snapshot_name_of_now() + "-" +
            std::to_string(context.registry.last_event());
    take(context, control);
  }
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;
  ~Passing() { remove(); }

  [[nodiscard]] const ContainerRecord& record() const { return record_; }
  [[nodiscard]] std::string upper() const { return path_ + "/upper"; }
  [[nodiscard]] const std::optional<std::chrono::microseconds>& paused() const { return paused_; }

 private:
  void take(Context& context, const templates::Control& control) {
    runtime::make_directories(directory_, 0700);
    const fs::ContainerPaths paths = paths_of(context, record_);
    fs::CopyWatch watch;
    watch.go_on = [&control] { return control.cancelled == nullptr || !*control.cancelled; };
    watch.copied = [&control](std::uint64_t files) {
      if (control.progress) control.progress({"copying", -1, files, 0});
    };
    try {
      if (record_.state == State::kRunning) flush_files(paths.home);
      Pause pause(context, record_);
      pool_->snapshot(paths, path_, watch);
      paused_ = pause.end();
    } catch (...) {
      remove();
      throw;
    }
  }

  void remove() noexcept {
    try {
      pool_->remove_home(path_, [] { return true; });
      rmdir(directory_.c_str());
      rmdir((pool_->place() + "/" + kSnapshots).c_str());
    } catch (const std::exception&) {  // the daemon's next start does it
      return;
    }
  }

  ContainerRecord record_;
  std::shared_ptr<const fs::Pool> pool_;
  std::string path_;
  std::string directory_;
  std::optional<std::chrono::microseconds> paused_;
};

bool with_layers(const Call& call) {
  check_members(call.body, {"layers"});
  const Json wanted = call.body.is_object() ? call.body.value("layers", Json(true)) : Json(true);
  if (!wanted.is_boolean()) throw runtime::wrong_field("layers", "must be true or false");
  return wanted.get<bool>();
}

Json write(Context& context, const Call& call, const runtime::Fd& to, const templates::Control& control,
           bool layers) {
  const Passing passing(context, call, control);
  const ContainerRecord& record = passing.record();
  const templates::Manifest base = manifest_of(context, record);
  const Json about{{"created", now_text()},
                   {"container", export_container(record)},
                   {"template", templates::to_json(base)}};
  templates::Report report;
  const templates::BackupSource source{
      .about = about,
      .layers = layers ? base.layers : std::vector<std::string>{},
      .upper = runtime::open_file(passing.upper(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
      .id_base = record.id_base};
  const templates::BackupFigures figures =
      templates::write_backup(context.store, source, to, control, report);
  Json done{{"name", record.name},     {"tenant", record.tenant},
            {"uuid", record.uuid},     {"id", figures.id},
            {"files", figures.files},  {"bytes", figures.bytes},
            {"layers", source.layers}, {"pause_us", pause_json(passing.paused())},
            {"notes", report.notes}};
  context.registry.append_event(event_of(call.actor, "container.backup", done), record.object(), record.uuid);
  return done;
}

}  // namespace

void backup_session(Context& context, const Call& call, Stream stream) {
  const bool layers = with_layers(call);
  const ContainerRecord named = container_of(context, call);
  const std::vector<runtime::Fd> fds = receive_first(stream, 1);
  const FollowedWork work(stream);
  try {
    const Json done = write(context, call, fds[0], work.control(), layers);
    send_line(stream, Json{{"done", done}}.dump() + "\n");
  } catch (Error& error) {
    send_line(stream, error_line(error.wrap("cannot make a backup of `" + named.object() + "`")));
  }
}

}  // namespace croft::ctl
