// Where the entries of an archive or a directory go.
#pragma once

#include <cstdint>
#include <string_view>

#include "templates/entry.h"

namespace croft::templates {

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // One entry. For a file, data() may follow in ascending order, and end() must; for others it may. Throw
  // Error, which names the entry; the Sink is of no use afterwards.
  virtual void begin(Entry entry) = 0;
  virtual void data(std::uint64_t offset, std::string_view bytes) = 0;
  virtual void end() = 0;
};

}  // namespace croft::templates
