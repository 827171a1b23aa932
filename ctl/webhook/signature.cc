#include "ctl/webhook/signature.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <memory>
#include <vector>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kNewKey = 32;
constexpr std::size_t kLeastKey = 24;  // both bounds are the specification's
constexpr std::size_t kMostKey = 64;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // and a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes_of(bytes),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// Empty for what is not written as to_base64 does.
std::string from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 1, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), bytes_of(text),
                                   static_cast<int>(text.size()));
  if (size <= 0) return {};
  const std::size_t fill = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(size) - fill);
  return to_base64(bytes) == text ? bytes : std::string();
}

Bio reader_of(const std::string& pem) {
  Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  if (!bio) throw Error(ErrorKind::kExhausted, "no memory for certificates");
  return bio;
}

std::string subject_of(const X509& certificate) {
  const Bio out(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(out.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string end_of(const X509& certificate) {
  std::tm end{};
  std::array<char, 32> text{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &end) != 1) return {};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &end);
  return text.data();
}

std::vector<Certificate> certificates_in(const std::string& pem) {
  const Bio bio = reader_of(pem);
  std::vector<Certificate> found;
  ERR_clear_error();
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    found.emplace_back(one, X509_free);
  // The end of the text is an error of its own; any other one is of a certificate.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) throw Error(ErrorKind::kInvalid, "has a certificate that cannot be read");
  return found;
}

}  // namespace

std::string new_secret() {
  std::string key(kNewKey, '\0');
  if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size()))
    runtime::fail_errno("cannot get random bytes");
  return std::string(kPrefix) + to_base64(key);
}

std::string secret_key(std::string_view secret) {
  std::string key;
  if (secret.starts_with(kPrefix) && secret.size() <= 2 * kMostKey)
    key = from_base64(secret.substr(kPrefix.size()));
  if (key.size() >= kLeastKey && key.size() <= kMostKey) return key;
  throw Error(ErrorKind::kInvalid, "must be `whsec_` and 24 to 64 bytes in base64");
}

std::string signature_of(std::string_view secret, std::string_view id, std::int64_t timestamp,
                         std::string_view body) {
  const std::string key = secret_key(secret);
  std::string content(id);
  content.append(".").append(std::to_string(timestamp)).append(".").append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(content), content.size(),
           code.data(), &size) == nullptr)
    throw Error(ErrorKind::kSystem, "cannot sign: OpenSSL refuses");
  return "v1," + to_base64({reinterpret_cast<const char*>(code.data()), size});
}

void check_authorities(const std::string& pem) {
  if (certificates_in(pem).empty())
    throw Error(ErrorKind::kInvalid, "has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
}

Json authorities_json(const std::string& pem) {
  if (pem.empty()) return nullptr;
  Json all = Json::array();
  for (const Certificate& one : certificates_in(pem))
    all.push_back({{"subject", subject_of(*one)}, {"until", end_of(*one)}});
  return all;
}

}  // namespace croft::ctl
