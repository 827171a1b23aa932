// What import, commit and the builders share: stage layers, fill them through an Unpacker each, look into
// them, put them into the store.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "templates/import.h"
#include "templates/unpack.h"

namespace croft::templates {

using Fill = std::function<void(Unpacker& unpacker, Report& report)>;

// Layers on their way into the store, with those below them.
class Layers {
 public:
  // `below` are layers of the store, uppermost first. All must outlive it.
  Layers(Store& store, const Control& control, Report& report, const std::vector<std::string>& below = {});

  // One more layer on top. What the filling leaves without entries is no layer.
  void add(const Fill& fill);
  // Root directories, uppermost first.
  [[nodiscard]] std::vector<runtime::Fd> roots() const;
  // Puts all into the store and describes the stack in `manifest`: layers, size_bytes, files. Returns what
  // keeps them there. Throws Error kInvalid when there is none.
  Pin commit(Manifest& manifest);

 private:
  struct Staged {
    Staging staging;
    std::unique_ptr<Sharing> sharing;
    Unpacker::Result result;
  };
  void check_count() const;
  std::optional<Entry> find_below(const std::string& path) const;
  void put(Staged staged, Manifest& manifest, std::vector<Pin>& pins);

  Store& store_;
  const Control& control_;
  Report& report_;
  std::vector<std::string> below_;
  std::vector<Staged> staged_;  // lowest first
};

// Lays the layers. What it puts into `manifest` stands where nothing else is found in them.
using Lay = std::function<void(Layers& layers, Report& report, Manifest& manifest)>;

// On any failure nothing of it is used by anybody, and of one layer nothing is left in the store; a full pool
// is named with what is free on it.
Imported assemble(Store& store, const std::string& name, const Control& control, const Fill& fill);
Imported assemble(Store& store, const std::string& name, const Control& control,
                  const std::vector<std::string>& below, const Lay& lay);

}  // namespace croft::templates
