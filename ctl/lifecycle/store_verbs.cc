// store.usage and store.collect: what all templates have in common.
#include "ctl/lifecycle/layers.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"
#include "runtime/remove_tree.h"
#include "templates/usage.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

std::string objects_text(std::uint64_t files) {
  return std::to_string(files) + (files == 1 ? " object" : " objects");
}

Answer planned_collection(const Context& context) {
  std::vector<runtime::Description> changes;
  for (const templates::Layer& layer : context.store.unused(layers_in_use(context)))
    changes.push_back({"remove", "layer " + layer.id, std::to_string(layer.size_bytes) + " bytes"});
  const templates::Objects::Unused unused = context.store.objects().sweep(true);
  if (unused.files > 0)
    changes.push_back({"remove", objects_text(unused.files), std::to_string(unused.bytes) + " bytes"});
  return planned(changes);
}

}  // namespace

Answer store_usage(Context& context, const Call&) {
  std::vector<templates::Manifest> manifests;
  for (const TemplateRecord& record : context.registry.templates())
    manifests.push_back(templates::manifest_from_json(record.manifest));
  const templates::Usages usages = templates::usage_of(context.store, manifests);
  Json items = Json::array();
  for (const templates::Usage& usage : usages.templates)
    items.push_back(
        {{"name", usage.name}, {"bytes", usage.bytes}, {"shared", usage.shared}, {"unique", usage.unique()}});
  return {.status = 200,
          .body = {{"items", std::move(items)}, {"bytes", usages.bytes}},
          .etag = "",
          .location = ""};
}

Answer collect_store(Context& context, const Call& call) {
  if (call.dry_run) return planned_collection(context);
  const auto go_on = [&call] { return call.cancelled == nullptr || !*call.cancelled; };
  const std::vector<std::string> trees = context.store.collect(layers_in_use(context));
  for (const std::string& tree : trees) {
    if (call.progress) call.progress("removing layers", -1);
    runtime::remove_tree(tree, go_on);
  }
  if (call.progress) call.progress("looking for unused objects", -1);
  const templates::Objects::Unused unused = context.store.objects().sweep(false, go_on);
  if (!go_on())
    throw Error(ErrorKind::kConflict, "cancelled; what is left is removed after the daemon's next start");
  return {.status = 200,
          .body = {{"layers", trees.size()}, {"objects", unused.files}, {"bytes", unused.bytes}},
          .etag = "",
          .location = ""};
}

}  // namespace croft::ctl
