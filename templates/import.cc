#include "templates/import.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <utility>

#include "runtime/error.h"
#include "templates/archive.h"
#include "templates/assemble.h"
#include "templates/image.h"
#include "templates/router.h"
#include "templates/walk.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// An archive file that is larger than what is free cannot fit, packed or not. Better said at once than in an
// hour.
void check_space(const runtime::Fd& source, const std::string& directory) {
  struct stat info {};
  struct statvfs facts {};
  if (fstat(source.get(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  if (statvfs(directory.c_str(), &facts) != 0) return;
  const std::uint64_t wanted = static_cast<std::uint64_t>(info.st_blocks) * 512;
  const std::uint64_t free = facts.f_bavail * facts.f_frsize;
  if (wanted > free)
    throw Error(ErrorKind::kExhausted, "the pool at `" + directory + "` has " + std::to_string(free) +
                                           " bytes free, but the archive alone has " + std::to_string(wanted))
        .cure("make room there, or start croftd with --data on a larger file system");
}

void lay_lxc_directory(const runtime::Fd& source, Layers& layers, Manifest& manifest) {
  const runtime::Fd metadata = runtime::open_in_root(source, "metadata.yaml", O_RDONLY | O_NONBLOCK);
  std::string text(kMaxMetadata, '\0');
  const ssize_t got = pread(metadata.get(), text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  manifest.architecture = architecture_of_metadata(text);
  const runtime::Fd root = runtime::open_in_root(source, "rootfs", O_RDONLY | O_DIRECTORY);
  layers.add([&](Unpacker& unpacker, Report& report) { read_directory(root, report, unpacker); });
}

void lay_directory(const runtime::Fd& source, SourceFormat format, const Control& control, Layers& layers,
                   Manifest& manifest) {
  if (format == SourceFormat::kAuto) format = format_of_directory(source);
  if (format == SourceFormat::kImage) return lay_image(source, control, layers, manifest);
  if (format == SourceFormat::kLxc) return lay_lxc_directory(source, layers, manifest);
  layers.add([&](Unpacker& unpacker, Report& report) { read_directory(source, report, unpacker); });
}

// An image's files may come in any order, so they are unpacked first and read then.
void lay_archive(Store& store, const runtime::Fd& source, SourceFormat format, const Control& control,
                 Layers& layers, Report& report, Manifest& manifest) {
  const Staging spool = store.stage();
  bool image = false;
  layers.add([&](Unpacker& unpacker, Report&) {
    Unpacker files(spool.root(), control, report);
    Router router(unpacker, files, report, format);
    read_archive(source, control, report, router);
    router.finish();
    image = router.format() == SourceFormat::kImage;
    manifest.architecture = router.architecture();
  });
  if (image) lay_image(spool.root(), control, layers, manifest);
}

}  // namespace

void note(Report& report, std::string text) {
  if (report.notes.size() < kMaxNotes)
    report.notes.push_back(std::move(text));
  else
    ++report.notes_left_out;
}

Imported import_template(Store& store, const std::string& name, SourceKind kind, const runtime::Fd& source,
                         const Control& control, SourceFormat format) {
  if (kind == SourceKind::kArchive) check_space(source, store.directory());
  return assemble(store, name, control, {}, [&](Layers& layers, Report& report, Manifest& manifest) {
    if (kind == SourceKind::kDirectory)
      lay_directory(source, format, control, layers, manifest);
    else
      lay_archive(store, source, format, control, layers, report, manifest);
  });
}

}  // namespace croft::templates
