// Makes a damaged file whole again from another copy of it.
#pragma once

#include <string>
#include <vector>

#include "templates/digest.h"
#include "templates/store.h"

namespace croft::templates {

// Paths of files that should have this record: objects, and files of layers that are not objects.
std::vector<std::string> copies_of(const Store& store, const Digest& record);

// Takes the first of `copies` that is another inode and has the record itself; writes to `path` in place only
// what differs. False where there is none, or where `path` cannot be written because a program runs from it.
bool mend_file(const std::string& path, const Digest& record, const std::vector<std::string>& copies);

}  // namespace croft::templates
