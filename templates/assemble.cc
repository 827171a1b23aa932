#include "templates/assemble.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "runtime/error.h"
#include "templates/bounds.h"
#include "templates/walk.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

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

// The facts of a directory of one layer that is reached without symbolic links; nothing where there is none.
std::optional<Entry> directory_in(const Fd& root, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const std::string name = path.empty() ? "." : path;
  const Fd fd(static_cast<int>(syscall(SYS_openat2, root.get(), name.c_str(), &how, sizeof how)));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (!fd && errno == ELOOP)
    throw Error(ErrorKind::kInvalid, "its path passes through a symbolic link of a layer below");
  struct stat info {};
  if (!fd || fstat(fd.get(), &info) != 0) runtime::fail_errno("cannot look at " + shown(path));
  Entry entry;
  entry.path = path;
  entry.type = EntryType::kDirectory;
  entry.mode = info.st_mode & 07777;
  entry.uid = info.st_uid;
  entry.gid = info.st_gid;
  entry.mtime = info.st_mtim;
  entry.xattrs = xattrs_of(fd, path);
  std::erase_if(entry.xattrs, [](const Xattr& xattr) { return xattr.name.starts_with("trusted."); });
  return entry;
}

}  // namespace

Layers::Layers(Store& store, const Control& control, Report& report, const std::vector<std::string>& below)
    : store_(store), control_(control), report_(report), below_(below) {}

std::vector<Fd> Layers::roots() const {
  std::vector<Fd> roots;
  for (auto staged = staged_.rbegin(); staged != staged_.rend(); ++staged)
    roots.push_back(staged->staging.root().duplicate());
  for (const std::string& id : below_)
    roots.push_back(runtime::open_file(store_.root_path(id), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  return roots;
}

std::optional<Entry> Layers::find_below(const std::string& path) const {
  for (const Fd& root : roots())
    if (auto found = directory_in(root, path)) return found;
  return {};
}

void Layers::check_count() const {
  if (below_.size() + staged_.size() >= kMaxLayers)
    throw Error(ErrorKind::kInvalid,
                "the template would have more than " + std::to_string(kMaxLayers) + " layers")
        .cure("import it as one layer, from a root directory or an archive of one");
}

void Layers::add(const Fill& fill) {
  check_count();
  Staging staging = store_.stage();
  auto sharing = std::make_unique<Sharing>(store_.sharing(staging));
  for (const std::string& id : below_) {
    try {
      sharing->avoid(runtime::open_file(store_.root_path(id), O_PATH | O_DIRECTORY), store_.inventory(id));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kNotFound) throw;  // one without a list shares nothing
    }
  }
  for (const Staged& lower : staged_)
    sharing->avoid(lower.staging.root().duplicate(), lower.result.inventory);
  Unpacker unpacker(staging.root(), control_, report_, sharing.get());
  unpacker.imply([this](const std::string& path) { return find_below(path); });
  fill(unpacker, report_);
  if (unpacker.is_empty()) return;
  Unpacker::Result result = unpacker.finish();
  staged_.push_back({std::move(staging), std::move(sharing), std::move(result)});
}

void Layers::put(Staged staged, Manifest& manifest, std::vector<Pin>& pins) {
  const Unpacker::Result& result = staged.result;
  pins.push_back(store_.pin(result.id));
  const Layer layer =
      store_.commit(std::move(staged.staging), {result.id, result.size_bytes, result.files, manifest.created},
                    result.inventory, *staged.sharing);
  // The same layer twice: overlay refuses it, and of both only the upper one can be seen.
  std::erase(manifest.layers, layer.id);
  manifest.layers.insert(manifest.layers.begin(), layer.id);
}

Pin Layers::commit(Manifest& manifest) {
  if (staged_.empty()) throw Error(ErrorKind::kInvalid, "the source has no entries");
  auto pins = std::make_shared<std::vector<Pin>>();
  manifest.layers = below_;
  for (const std::string& id : below_) pins->push_back(store_.pin(id));
  for (Staged& staged : staged_) {
    if (control_.progress) control_.progress({"flushing", -1, staged.result.files, staged.result.size_bytes});
    put(std::move(staged), manifest, *pins);
  }
  manifest.size_bytes = manifest.files = 0;
  for (const std::string& id : manifest.layers) {
    const Layer layer = store_.layer(id);
    manifest.size_bytes += layer.size_bytes;
    manifest.files += layer.files;
  }
  return pins;
}

Imported assemble(Store& store, const std::string& name, const Control& control, const Fill& fill) {
  return assemble(store, name, control, {}, [&](Layers& layers, Report&, Manifest&) { layers.add(fill); });
}

Imported assemble(Store& store, const std::string& name, const Control& control,
                  const std::vector<std::string>& below, const Lay& lay) {
  check_template_name(name);
  try {
    Imported imported;
    Manifest& manifest = imported.manifest;
    manifest.name = name;
    manifest.created = now_text();
    Layers layers(store, control, imported.report, below);
    lay(layers, imported.report, manifest);
    detect(layers.roots(), manifest);
    check_architecture(manifest, machine());
    imported.pin = layers.commit(manifest);
    return imported;
  } catch (Error& error) {
    add_pool_facts(error, store.directory());
    throw;
  }
}

}  // namespace croft::templates
