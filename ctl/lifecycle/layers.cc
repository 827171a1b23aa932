#include "ctl/lifecycle/layers.h"

#include "ctl/lifecycle/destroy.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

// Behind the removals that were posted before: the remover has one thread.
void sweep_later(Context& context) {
  context.remover.post([&remover = context.remover, &objects = context.store.objects()] {
    try {
      objects.sweep(false, [&remover] { return !remover.stopping(); });
    } catch (const runtime::Error&) {  // tried again after the next start
      return;
    }
  });
}

}  // namespace

templates::Store::Used layers_in_use(const Context& context) {
  return [&context] {
    const std::vector<std::string> used = context.registry.layers_in_use();
    return std::set<std::string>(used.begin(), used.end());
  };
}

void collect_layers(Context& context) {
  for (const std::string& path : context.store.collect(layers_in_use(context))) remove_later(context, path);
  sweep_later(context);
}

void clean_store(Context& context) {
  context.store.collect(layers_in_use(context));
  for (const std::string& path : context.store.leftovers()) remove_later(context, path);
  sweep_later(context);
}

}  // namespace croft::ctl
