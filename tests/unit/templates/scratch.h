// A temporary directory, and tar archives made byte by byte, as an attacker would.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/fd.h"

namespace croft::templates::test {

class Scratch {
 public:
  Scratch() {
    const char* base = getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/croft-test-XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline void put_file(const std::string& path, const std::string& content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string get_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Seeds of archives are kept so.
inline std::string from_base64(const std::string& text) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = digits.find(c);
    if (value == std::string::npos) continue;
    bits = bits << 6 | static_cast<unsigned>(value);
    if ((count += 6) < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count);
  }
  return bytes;
}

struct TarEntry {
  std::string name;
  char type = '0';
  std::string data = {};
  std::string link = {};
  unsigned mode = 0644;
  long long uid = 0;
  long long gid = 0;
  long long mtime = 1000000000;
  std::vector<std::pair<std::string, std::string>> pax = {};  // extended header records before the entry
  long long size = -1;                                        // what the header says; -1: of the data
};

inline void put_number(char* field, std::size_t width, long long value) {
  if (value >= 0 && value < (1LL << (3 * (width - 1)))) {
    std::snprintf(field, width, "%0*llo", static_cast<int>(width - 1),
                  static_cast<unsigned long long>(value));
    return;
  }
  for (std::size_t i = width; i-- > 0; value >>= 8) field[i] = static_cast<char>(value);  // base 256
  field[0] = static_cast<char>(value < 0 ? 0xff : 0x80);
}

inline std::string tar_block(const TarEntry& entry) {
  std::string block(512, '\0');
  char* raw = block.data();
  std::strncpy(raw, entry.name.c_str(), 100);
  put_number(raw + 100, 8, entry.mode);
  put_number(raw + 108, 8, entry.uid);
  put_number(raw + 116, 8, entry.gid);
  put_number(raw + 124, 12, entry.size >= 0 ? entry.size : static_cast<long long>(entry.data.size()));
  put_number(raw + 136, 12, entry.mtime);
  std::memset(raw + 148, ' ', 8);
  raw[156] = entry.type;
  std::strncpy(raw + 157, entry.link.c_str(), 100);
  std::memcpy(raw + 257, "ustar\00000", 8);
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  std::snprintf(raw + 148, 8, "%06o", sum);
  block += entry.data;
  block.resize((block.size() + 511) / 512 * 512);
  return block;
}

// "LENGTH KEY=VALUE\n", where LENGTH counts itself.
inline std::string pax_record(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  std::size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length)
    length = std::to_string(length).size() + rest.size();
  return std::to_string(length) + rest;
}

inline std::string tar_of(const std::vector<TarEntry>& entries, bool end_mark = true) {
  std::string bytes;
  for (const TarEntry& entry : entries) {
    if (!entry.pax.empty()) {
      TarEntry header{"PaxHeaders/x", 'x'};
      for (const auto& [key, value] : entry.pax) header.data += pax_record(key, value);
      bytes += tar_block(header);
    }
    bytes += tar_block(entry);
  }
  if (end_mark) bytes.append(1024, '\0');
  return bytes;
}

inline runtime::Fd open_bytes(const std::string& bytes) {
  runtime::Fd fd = runtime::sealed_memory("croft-test", bytes);
  lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

}  // namespace croft::templates::test
