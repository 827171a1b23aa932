#include "ctl/lifecycle/template_keep.h"

#include <malloc.h>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

Json report_json(const templates::Report& report) {
  Json notes = report.notes;
  if (report.notes_left_out > 0) notes.push_back("and " + std::to_string(report.notes_left_out) + " more");
  return {{"notes", std::move(notes)}, {"devices", report.devices}, {"sockets", report.sockets}};
}

}  // namespace

Json template_json(const TemplateRecord& record) {
  Json json = record.manifest;
  json["name"] = record.name;
  json["created"] = record.created;
  json["containers"] = record.containers;
  return json;
}

void refuse_existing(const Context& context, const std::string& name) {
  templates::check_template_name(name);
  if (context.registry.find_template(name))
    throw runtime::Error(runtime::ErrorKind::kExists, "there is a template `" + name + "` already")
        .cure("croft template remove " + name);
}

Json keep_template(Context& context, const Actor& actor, const templates::Imported& imported) {
  const TemplateRecord record = context.registry.add_template(
      imported.manifest.name, templates::to_json(imported.manifest),
      event_of(actor, "template.added",
               {{"devices", imported.report.devices}, {"sockets", imported.report.sockets}}));
  Json json = template_json(record);
  json["report"] = report_json(imported.report);
  malloc_trim(0);  // what it took for a moment would stay with the daemon: half a megabyte
  return json;
}

templates::Control control_of(const Call& call) {
  templates::Control control;
  control.cancelled = call.cancelled;
  if (call.progress)
    control.progress = [&call](const templates::Progress& progress) {
      call.progress(progress.what, progress.percent);
    };
  return control;
}

}  // namespace croft::ctl
