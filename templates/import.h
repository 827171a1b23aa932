// Makes a layer, and a template of that one layer, from an archive or a directory. The content is hostile:
// see templates/unpack.h for what is refused, what is left out with a note, and what is kept.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/fd.h"
#include "templates/bounds.h"
#include "templates/manifest.h"
#include "templates/source.h"
#include "templates/store.h"

namespace croft::templates {

struct Progress {
  std::string what;           // "unpacking", "flushing", "installing packages", ...
  int percent = -1;           // -1: unknown
  std::uint64_t entries = 0;  // unpacked so far
  std::uint64_t bytes = 0;    // of file data so far
};

// What every long piece of work here takes. All may be left empty.
struct Control {
  std::function<void(const Progress&)> progress;  // called at most about ten times a second
  const std::atomic<bool>* cancelled = nullptr;   // set: the work ends with Error kConflict "cancelled"
  Bounds bounds;
};

// What was left out or changed; one line each, for the operator.
struct Report {
  std::vector<std::string> notes;  // at most kMaxNotes
  std::uint64_t notes_left_out = 0;
  std::uint64_t devices = 0;  // device nodes, never made: a container gets its /dev from Croft
  std::uint64_t sockets = 0;  // left out
};

// Adds a line to the report, or counts it when there are too many.
void note(Report& report, std::string text);

struct Imported {
  Manifest manifest;
  Report report;
  Pin pin;  // keep until the registry knows the template
};

enum class SourceKind { kArchive, kDirectory };

// Unpacks `source` (an archive file, a pipe; or an open directory) into new layers and describes them as
// template `name`. On failure nothing is left in the store. Throws Error: kInvalid for a bad archive, naming
// its entry; kExhausted for a full pool; kUnsupported for another processor's image.
Imported import_template(Store& store, const std::string& name, SourceKind kind, const runtime::Fd& source,
                         const Control& control = {}, SourceFormat format = SourceFormat::kAuto);

}  // namespace croft::templates
