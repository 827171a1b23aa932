// Reads layers again and compares them with what their ids say they are.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "templates/import.h"
#include "templates/store.h"

namespace croft::templates {

struct Damage {
  std::string layer;
  std::string path;  // empty: the layer as a whole
  std::string what;  // "its content or its attributes differ"
  bool repaired = false;
};

struct Verified {
  std::uint64_t layers = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  // read
  std::vector<Damage> damages;
};

enum class Repair { kNo, kYes };

// With kYes a file is repaired where the store has a second copy of it (templates/objects.h says when it
// has), in place, so that all who share it have it whole again; and a layer of a Croft that had no objects
// gets them. Files are read from the disk, unless a program has them mapped. Throws Error kConflict when it
// was cancelled.
Verified verify(Store& store, const std::set<std::string>& layers, const Control& control, Repair repair);

// Where two lists of what should be one layer differ: path and what of it.
std::vector<std::pair<std::string, std::string>> differences(const Inventory& expected,
                                                             const Inventory& found);

}  // namespace croft::templates
