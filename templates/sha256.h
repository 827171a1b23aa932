// SHA-256 by OpenSSL, made to be used again for file after file.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;
struct evp_md_st;

namespace croft::templates {

using Digest = std::array<unsigned char, 32>;
std::string to_hex(const Digest& digest);
// Of 64 lower-case digits; nothing for other text.
std::optional<Digest> digest_from_hex(std::string_view text);

class Sha256 {
 public:
  Sha256();  // throws Error kSystem where the library has no SHA-256
  void add(std::string_view bytes);
  void add(std::uint64_t number);  // eight bytes, little-endian
  Digest finish();                 // and begins anew

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
    void operator()(evp_md_st* algorithm) const;
  };
  void begin();
  std::unique_ptr<evp_md_st, Free> algorithm_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace croft::templates
