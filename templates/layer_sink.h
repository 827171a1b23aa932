// Entries of a layer of an OCI image on their way into an Unpacker: files named .wh.NAME become whiteouts of
// NAME, and .wh..wh..opq marks its directory as opaque (OCI image specification, section layer).
#pragma once

#include <string>

#include "templates/sink.h"
#include "templates/unpack.h"

namespace croft::templates {

class LayerSink : public Sink {
 public:
  explicit LayerSink(Unpacker& unpacker) : unpacker_(unpacker) {}
  void begin(Entry entry) override;
  void data(std::uint64_t offset, std::string_view bytes) override;
  void end() override;

 private:
  Unpacker& unpacker_;
  bool mark_ = false;  // the entry says something and is no file
};

}  // namespace croft::templates
