#include "templates/assemble.h"

#include <sys/statvfs.h>
#include <sys/utsname.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "runtime/error.h"

namespace croft::templates {
namespace {

using runtime::Error;

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string machine() {
  utsname names{};
  uname(&names);
  return names.machine;
}

// Only the pool's own errors: an Error about bounds has no errno.
void add_pool_facts(Error& error, const std::string& directory) {
  if (error.error_number() != ENOSPC && error.error_number() != EDQUOT) return;
  struct statvfs facts {};
  if (statvfs(directory.c_str(), &facts) != 0) return;
  error.wrap("the pool at `" + directory + "` is full (" + std::to_string(facts.f_bavail * facts.f_frsize) +
             " bytes and " + std::to_string(facts.f_favail) + " inodes free now that is undone)");
  error.cure("make room there, or start croftd with --data on a larger file system");
}

}  // namespace

Imported assemble(Store& store, const std::string& name, const Control& control, const Fill& fill) {
  check_template_name(name);
  try {
    Imported imported;
    Manifest& manifest = imported.manifest;
    manifest.name = name;
    manifest.created = now_text();
    Staging staged = store.stage();
    Sharing sharing = store.sharing(staged);
    Unpacker unpacker(staged.root(), control, imported.report, &sharing);
    fill(unpacker, imported.report);
    const Unpacker::Result result = unpacker.finish();
    detect(staged.root(), manifest);
    check_architecture(manifest, machine());
    if (control.progress) control.progress({"flushing", -1, result.files, result.size_bytes});
    imported.pin = store.pin(result.id);
    const Layer layer =
        store.commit(std::move(staged), {result.id, result.size_bytes, result.files, manifest.created},
                     result.inventory, sharing);
    manifest.layers = {layer.id};
    manifest.size_bytes = layer.size_bytes;
    manifest.files = layer.files;
    return imported;
  } catch (Error& error) {
    add_pool_facts(error, store.directory());
    throw;
  }
}

}  // namespace croft::templates
