// What ResourceControl tells the kernel.
#include <sys/stat.h>

#include <cerrno>
#include <exception>

#include "cgroups/barrier.h"
#include "ctl/resources/control_impl.h"
#include "ctl/resources/systemd_slices.h"
#include "runtime/error.h"

namespace croft::ctl {

using cgroups::Knobs;
using cgroups::MemoryKnobs;
using runtime::Error;

namespace {

bool lowers(const std::optional<cgroups::Bytes>& now, const std::optional<cgroups::Bytes>& next) {
  return next && (!now || *next < *now);
}

// Lowering a bound below what is used reclaims before the write returns.
bool may_block(const MemoryKnobs& now, const MemoryKnobs& next) {
  return lowers(now.high, next.high) || lowers(now.max, next.max) || lowers(now.swap, next.swap);
}

bool is_gone(const Error& error) {
  return error.error_number() == ENOENT || error.error_number() == ENODEV;
}

}  // namespace

Knobs unknown_knobs() {
  Knobs knobs;
  knobs.cpu = {cgroups::MilliCpu{1}, cgroups::Micros{1}, 0};
  knobs.memory = {cgroups::Bytes{1}, cgroups::Bytes{1}, cgroups::Bytes{1}, cgroups::Bytes{1}, true};
  knobs.io.weight = 0;
  knobs.tasks = 0;
  return knobs;
}

Knobs ResourceControl::Impl::knobs_of(const Ruled& one) const {
  const std::string& uuid = one.subject.uuid;
  return cgroups::knobs_of(one.subject.resources, one.allowance(), pools.cpu_weight(uuid),
                           pools.io_weight(uuid), options.devices);
}

void ResourceControl::Impl::write(const cgroups::GroupPath& path, const Knobs& now, const Knobs& next) const {
  runtime::Changes changes;
  cgroups::plan_knobs(options.layout, path, now, next, changes);
  try {
    runtime::apply_changes(changes);
  } catch (const Error& error) {
    if (!is_gone(error)) throw;
  }
}

void ResourceControl::Impl::update(const std::shared_ptr<Ruled>& one) {
  if (!one->made || one->held > 0) return;
  const Knobs wanted = knobs_of(*one);
  if (wanted == one->written) return;
  const cgroups::GroupPath path = path_of(one->subject);
  Knobs at_once = wanted;
  const bool later = may_block(one->written.memory, wanted.memory);
  if (later) at_once.memory = one->written.memory;
  write(path, one->written, at_once);
  one->written = at_once;
  if (!later) return;
  ++one->held;
  options.slow([this, one, path, at_once, wanted] {
    bool done = true;
    try {
      write(path, at_once, wanted);
    } catch (const Error&) {  // tried again at the next look
      done = false;
    }
    const std::lock_guard lock(mutex);
    if (done) one->written = wanted;
    --one->held;
    woken.notify_all();
  });
}

void ResourceControl::Impl::try_update(const std::shared_ptr<Ruled>& one) noexcept {
  try {
    update(one);
  } catch (const std::exception&) {
    return;
  }
}

void ResourceControl::Impl::update_tenant(const std::string& tenant) {
  if (options.layout.hierarchies.empty()) return;
  const cgroups::GroupPath path{
      .root = options.root, .tenant = tenant.empty() ? "" : pools.path_of(tenant), .uuid = ""};
  const std::size_t at = options.layout.memory ? options.layout.memory->hierarchy : 0;
  const std::string directory = options.layout.hierarchies[at].mount + "/" + cgroups::relative_path(path);
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0) return;  // nothing of it runs
  TenantGroup& group = tenant_groups[tenant];
  const Knobs wanted = tenant.empty() ? top_knobs() : pools.tenant_knobs(tenant, options.devices);
  if (group.inode != status.st_ino) group = {status.st_ino, unknown_knobs()};
  if (group.written == wanted) return;
  if (tenant.empty() && is_systemds(options.root))
    tell_systemd(wanted);
  else
    write(path, group.written, wanted);
  group.written = wanted;
}

// One that resists keeps nobody else from hearing of the change; it is told of at the end.
void ResourceControl::Impl::update_tree(const std::string& tenant) {
  std::exception_ptr failed;
  const auto each = [&failed](const auto& work) {
    try {
      work();
    } catch (const Error&) {
      if (!failed) failed = std::current_exception();
    }
  };
  const cgroups::Members& members = pools.members();
  for (std::string at = tenant; !at.empty();) {
    each([&] { update_tenant(at); });
    const auto found = members.find(at);
    at = found == members.end() ? "" : found->second.parent;
  }
  each([&] { update_tenant(""); });
  for (const std::string& key : pools.moved()) {
    const auto found = ruled.find(key);
    each([&] { found != ruled.end() ? update(found->second) : update_tenant(key); });
  }
  if (failed) std::rethrow_exception(failed);
}

void ResourceControl::Impl::rewrite() {
  const auto each = [](const auto& work) {
    try {
      work();
    } catch (const Error&) {
      return;
    }
  };
  for (const auto& group : tenant_groups) each([&] { update_tenant(group.first); });
  for (const auto& one : ruled) each([&] { update(one.second); });
}

void ResourceControl::Impl::try_update_tree(const std::string& tenant) noexcept {
  try {
    update_tree(tenant);
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace croft::ctl
