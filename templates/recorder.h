// Takes what is read and keeps only what a layer made of it would consist of.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>

#include "templates/digest.h"
#include "templates/inventory.h"
#include "templates/sink.h"

namespace croft::templates {

class Recorder : public Sink {
 public:
  // Called with every part of data; may throw, which ends the reading.
  explicit Recorder(std::function<void(std::uint64_t bytes)> on_data = {});

  void begin(Entry entry) override;
  void data(std::uint64_t offset, std::string_view bytes) override;
  void end() override;

  [[nodiscard]] Inventory finish();

 private:
  void keep(const Entry& entry, const Digest& content);

  std::function<void(std::uint64_t)> on_data_;
  std::map<std::string, Listed> listed_;
  std::uint32_t nodes_ = 0;
  Sha256 sha_;
  ContentDigest content_;
  Entry file_;
  std::uint64_t bytes_ = 0;
  bool in_file_ = false;
};

}  // namespace croft::templates
