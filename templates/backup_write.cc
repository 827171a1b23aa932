#include <fcntl.h>

#include <nlohmann/json.hpp>

#include "runtime/error.h"
#include "templates/archive_writer.h"
#include "templates/backup.h"
#include "templates/recorder.h"
#include "templates/walk.h"

namespace croft::templates {
namespace {

using Json = nlohmann::json;

// Both get everything that a layer can have.
class Both : public Sink {
 public:
  Both(Sink& one, Sink& other) : one_(one), other_(other) {}
  void begin(Entry entry) override {
    left_out_ = entry.type == EntryType::kDevice || entry.type == EntryType::kSocket;
    if (left_out_) return;
    one_.begin(entry);
    other_.begin(std::move(entry));
  }
  void data(std::uint64_t offset, std::string_view bytes) override {
    if (left_out_) return;
    one_.data(offset, bytes);
    other_.data(offset, bytes);
  }
  void end() override {
    if (left_out_) return;
    one_.end();
    other_.end();
  }

 private:
  Sink& one_;
  Sink& other_;
  bool left_out_ = false;
};

void write_layer(Store& store, const std::string& id, ArchiveWriter& writer, Report& report) {
  const runtime::Fd root = runtime::open_file(store.root_path(id), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const std::unique_ptr<Sink> sink = writer.below("layers/" + id.substr(id.find(':') + 1));
  read_directory(root, report, *sink, Reading::kLayer);
}

}  // namespace

BackupFigures write_backup(Store& store, const BackupSource& source, const runtime::Fd& to,
                           const Control& control, Report& report) {
  std::vector<Pin> pins;
  for (const std::string& id : source.layers) pins.push_back(store.pin(id));
  ArchiveWriter writer(to, control);
  Json about = source.about;
  about["format"] = kBackupFormat;
  writer.file("croft-backup.json", about.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  for (const std::string& id : source.layers) write_layer(store, id, writer, report);
  Recorder recorder;
  const std::unique_ptr<Sink> root = writer.below("root");
  Both both(recorder, *root);
  read_directory(source.upper, report, both, Reading::kUpper, source.id_base);
  const Inventory files = recorder.finish();
  BackupFigures figures{layer_id(files), files.size() - 1, 0};
  writer.file("croft-files", to_text(files));
  const Json end{{"root", {{"id", figures.id}, {"files", figures.files}}}, {"layers", source.layers}};
  writer.file("croft-end.json", end.dump() + "\n");
  writer.finish();
  figures.bytes = writer.bytes();
  return figures;
}

}  // namespace croft::templates
