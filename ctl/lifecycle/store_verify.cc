// store.verify
#include "templates/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "ctl/lifecycle/template_keep.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"
#include "templates/entry.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// Every layer that is asked for, and the templates that it is of.
using Owners = std::map<std::string, Json>;

Owners asked_layers(const Context& context, const std::string& name) {
  Owners owners;
  bool found = name.empty();
  for (const TemplateRecord& record : context.registry.templates()) {
    found = found || record.name == name;
    for (const Json& layer : record.manifest["layers"])
      owners.try_emplace(layer.get<std::string>(), Json::array()).first->second.push_back(record.name);
  }
  if (!found)
    throw Error(ErrorKind::kNotFound, "there is no template `" + name + "`")
        .cure("`croft template list` shows which there are");
  if (!name.empty())
    std::erase_if(owners, [&](const auto& owner) {
      return std::find(owner.second.begin(), owner.second.end(), Json(name)) == owner.second.end();
    });
  return owners;
}

std::string printable(const std::string& path) {
  const std::string text = templates::shown(path);
  return text.substr(1, text.size() - 2);
}

Json damage_json(const templates::Damage& damage, const Owners& owners) {
  return {{"layer", damage.layer},
          {"templates", owners.at(damage.layer)},
          {"path", printable("/" + damage.path)},
          {"what", damage.what},
          {"repaired", damage.repaired}};
}

}  // namespace

Answer verify_store(Context& context, const Call& call) {
  const auto name = call.query.find("template");
  const Owners owners = asked_layers(context, name == call.query.end() ? "" : name->second);
  std::set<std::string> layers;
  std::vector<templates::Pin> pins;
  for (const auto& [id, names] : owners) {
    layers.insert(id);
    pins.push_back(context.store.pin(id));
  }
  const templates::Verified verified =
      templates::verify(context.store, layers, control_of(call),
                        call.dry_run ? templates::Repair::kNo : templates::Repair::kYes);
  Json damages = Json::array();
  std::vector<runtime::Description> changes;
  for (const templates::Damage& damage : verified.damages) {
    damages.push_back(damage_json(damage, owners));
    changes.push_back({"repair", damage.layer + " " + printable("/" + damage.path), damage.what});
  }
  if (call.dry_run) return planned(changes);
  return {.status = 200,
          .body = {{"layers", verified.layers},
                   {"files", verified.files},
                   {"bytes", verified.bytes},
                   {"damages", std::move(damages)}},
          .etag = "",
          .location = ""};
}

}  // namespace croft::ctl
