// Sends the entries of an archive to where they belong once its first entry has told what it is.
#pragma once

#include <optional>
#include <string>

#include "templates/import.h"
#include "templates/sink.h"
#include "templates/source.h"

namespace croft::templates {

inline constexpr std::size_t kMaxMetadata = 65536;  // bytes of a metadata.yaml that are looked at

class Router : public Sink {
 public:
  // `root` takes the root directory, `files` the files of an image. All must outlive it.
  Router(Sink& root, Sink& files, Report& report, SourceFormat format)
      : root_(root), files_(files), report_(report), format_(format) {}

  void begin(Entry entry) override;
  void data(std::uint64_t offset, std::string_view bytes) override;
  void end() override;

  void finish();  // after the last entry

  [[nodiscard]] SourceFormat format() const { return format_; }
  [[nodiscard]] std::string architecture() const { return architecture_of_metadata(metadata_); }

 private:
  void begin_top();
  void begin_lxc(Entry entry);

  Sink& root_;
  Sink& files_;
  Report& report_;
  SourceFormat format_;
  std::optional<Entry> top_;  // the archive's own root, which came first
  Sink* current_ = nullptr;   // of the entry that is read; null: it is left out
  bool is_metadata_ = false;
  std::string metadata_;
};

}  // namespace croft::templates
