#include "templates/import.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <utility>

#include "runtime/error.h"
#include "templates/archive.h"
#include "templates/assemble.h"
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

}  // namespace

void note(Report& report, std::string text) {
  if (report.notes.size() < kMaxNotes)
    report.notes.push_back(std::move(text));
  else
    ++report.notes_left_out;
}

Imported import_template(Store& store, const std::string& name, SourceKind kind, const runtime::Fd& source,
                         const Control& control) {
  if (kind == SourceKind::kDirectory)
    return assemble(store, name, control,
                    [&](Unpacker& unpacker, Report& report) { read_directory(source, report, unpacker); });
  check_space(source, store.directory());
  return assemble(store, name, control, [&](Unpacker& unpacker, Report& report) {
    read_archive(source, control, report, unpacker);
  });
}

}  // namespace croft::templates
