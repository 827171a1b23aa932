// template.*
#include <algorithm>

#include "ctl/lifecycle/layers.h"
#include "ctl/lifecycle/session.h"
#include "ctl/lifecycle/template_keep.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"
#include "templates/build.h"
#include "templates/import.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

TemplateRecord template_of(const Context& context, const Call& call) {
  auto found = context.registry.find_template(call.path.at("name"));
  if (!found)
    throw Error(ErrorKind::kNotFound, "there is no template `" + call.path.at("name") + "`")
        .cure("`croft template list` shows which there are");
  return *std::move(found);
}

templates::BuildRequest build_request(const Call& call) {
  check_members(call.body, {"recipe", "suite", "mirror", "packages"});
  templates::BuildRequest request;
  if (call.body.is_null()) return request;
  std::vector<runtime::FieldError> wrong;
  for (const char* name : {"recipe", "suite", "mirror"})
    if (call.body.contains(name) && !call.body[name].is_string()) wrong.push_back({name, "must be a text"});
  const Json packages = call.body.value("packages", Json::array());
  if (!packages.is_array() ||
      !std::all_of(packages.begin(), packages.end(), [](const Json& p) { return p.is_string(); }))
    wrong.push_back({"packages", "must be a list of texts"});
  if (!wrong.empty()) throw Error(std::move(wrong));
  request.recipe = call.body.value("recipe", "");
  request.suite = call.body.value("suite", "");
  request.mirror = call.body.value("mirror", "");
  request.packages = packages.get<std::vector<std::string>>();
  return request;
}

}  // namespace

Answer list_templates(Context& context, const Call&) {
  Json items = Json::array();
  for (const TemplateRecord& record : context.registry.templates()) items.push_back(template_json(record));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer show_template(Context& context, const Call& call) {
  return {.status = 200, .body = template_json(template_of(context, call)), .etag = "", .location = ""};
}

Answer remove_template(Context& context, const Call& call) {
  const std::string& name = call.path.at("name");
  context.registry.remove_template(name, event_of(call, "template.removed"));
  if (call.dry_run) return planned({{"forget", "template " + name, ""}});
  collect_layers(context);
  return {.status = 200, .body = {{"name", name}}, .etag = "", .location = ""};
}

Answer build_template_verb(Context& context, const Call& call) {
  const std::string name = call.path.at("name");
  refuse_existing(context, name);
  const templates::BuildRequest request = build_request(call);
  try {
    const templates::Build build = templates::prepare_build(context.store, name, request);
    if (call.dry_run)
      return planned({{"build", "template " + name, request.recipe.empty() ? name : request.recipe}});
    return {.status = 200,
            .body = keep_template(context, call.actor, build(control_of(call))),
            .etag = "",
            .location = ""};
  } catch (Error& error) {
    throw error.wrap("cannot build template `" + name + "`");
  }
}

void import_session(Context& context, const Call& call, Stream stream) {
  const std::string name = call.path.at("name");
  refuse_existing(context, name);
  check_members(call.body, {"source", "format"});
  const Json source = call.body.is_object() ? call.body.value("source", Json("tar")) : Json("tar");
  if (source != "tar" && source != "directory")
    throw runtime::wrong_field("source", "must be tar or directory");
  const Json format = call.body.is_object() ? call.body.value("format", Json("auto")) : Json("auto");
  if (!format.is_string()) throw runtime::wrong_field("format", "must be a text");
  const templates::SourceFormat wanted = templates::source_format_of(format.get<std::string>());
  const std::vector<runtime::Fd> fds = receive_first(stream, 1);
  const FollowedWork work(stream);
  const auto kind = source == "tar" ? templates::SourceKind::kArchive : templates::SourceKind::kDirectory;
  try {
    const templates::Imported imported =
        templates::import_template(context.store, name, kind, fds[0], work.control(), wanted);
    send_line(stream, Json{{"done", keep_template(context, call.actor, imported)}}.dump() + "\n");
  } catch (Error& error) {
    collect_layers(context);
    send_line(stream, error_line(error.wrap("cannot import template `" + name + "`")));
  }
}

}  // namespace croft::ctl
