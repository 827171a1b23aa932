// Backups of a container: one tar archive, packed with zstd, that says itself what it is and that GNU tar can
// unpack.
//
//   croft-backup.json    what it is of, and the template with its layers
//   layers/HEX/...       of each layer that it carries, HEX as in the layer's id: the layer's files
//   root/...             what the container wrote, with owners as it sees them
//   croft-files          the list of what is in root/ (templates/inventory.h)
//   croft-end.json       digests over root/ and the layers: without it the backup is not whole
//
// By hand: tar --zstd --numeric-owner --xattrs --xattrs-include='*' -xpf FILE, as root; then root/ over the
// layers, uppermost first, are what overlay wants (lowerdir=root:layers/HEX:...). What comes back in from a
// backup is hostile: it is unpacked as templates are (templates/unpack.h), and compared with its digests.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/fd.h"
#include "templates/import.h"
#include "templates/inventory.h"
#include "templates/sink.h"

namespace croft::templates {

inline constexpr int kBackupFormat = 1;

struct BackupSource {
  const nlohmann::json& about;      // of croft-backup.json; "format" is added
  std::vector<std::string> layers;  // ids of those to carry
  const runtime::Fd& upper;         // nobody writes to it meanwhile
  std::uint32_t id_base = 0;        // the host id that is 0 inside
};

struct BackupFigures {
  std::string id;           // digest over root/
  std::uint64_t files = 0;  // in root/
  std::uint64_t bytes = 0;  // of the archive
};

// Throws Error. What was written is then no backup.
BackupFigures write_backup(Store& store, const BackupSource& source, const runtime::Fd& to,
                           const Control& control, Report& report);

// Who takes what is read.
class BackupTaker {
 public:
  BackupTaker() = default;
  BackupTaker(const BackupTaker&) = delete;
  BackupTaker& operator=(const BackupTaker&) = delete;
  virtual ~BackupTaker() = default;

  // First of all. May throw to end the reading.
  virtual void about(const nlohmann::json& said) = 0;
  // Where a layer's entries go; null: nowhere.
  virtual Sink* layer(const std::string& id) = 0;
  // Where those of root/ go; all layers are over. Asked once.
  virtual Sink* root() = 0;
  // Last: what the archive says of itself.
  virtual void end(const Inventory& files, const nlohmann::json& said) = 0;
};

// Throws Error kInvalid for what is no backup, is damaged or cut short, and kUnsupported for one of a newer
// Croft.
void read_backup(const runtime::Fd& from, const Control& control, Report& report, BackupTaker& taker);

// Reads all of it and compares it with its digests: what it is of, and its figures. Throws Error kInvalid
// naming what differs first.
struct VerifiedBackup {
  std::string about;  // JSON
  std::string id;
  std::uint64_t files = 0;
  std::vector<std::string> layers;  // that it carries
};
VerifiedBackup verify_backup(const runtime::Fd& from, const Control& control, Report& report);

// Throws Error kInvalid, naming the first path that differs.
void compare_with_list(const Inventory& found, const Inventory& listed);

}  // namespace croft::templates
