#include "ctl/lifecycle/in_force.h"

#include <unistd.h>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

std::string path_of(const Context& context, const std::string& uuid) {
  return context.host.options.run + "/containers/" + uuid + ".spec";
}

}  // namespace

KeptSpec spec_in_force(const Context& context, const ContainerRecord& record) {
  const std::string path = path_of(context, record.uuid);
  if (!runtime::exists(path)) return record.spec;
  // Written whole by put_in_force; of an earlier run when that one's end was missed.
  const Json kept = Json::parse(runtime::read_file(path), nullptr, false);
  if (!kept.is_object() || kept.value("generation", std::uint64_t{0}) != record.generation)
    return record.spec;
  return kept.at("spec");
}

void put_in_force(const Context& context, const ContainerRecord& record, const Json& spec) {
  if (spec == record.spec.json()) return drop_in_force(context, record.uuid);
  const Json kept = {{"generation", record.generation}, {"spec", spec}};
  runtime::replace_file(path_of(context, record.uuid), kept.dump(), 0600, false);
}

void drop_in_force(const Context& context, const std::string& uuid) noexcept {
  unlink(path_of(context, uuid).c_str());
}

}  // namespace croft::ctl
