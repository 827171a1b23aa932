#include "ctl/webhook/post.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

struct Reply {
  std::size_t bytes = 0;
  std::string excerpt;
};

// Says that it took less than there was when that is too much, which ends the transfer.
std::size_t take(const char* data, std::size_t /*always 1*/, std::size_t size, void* to) {
  Reply& reply = *static_cast<Reply*>(to);
  reply.excerpt.append(data, std::min(size, kMaxExcerpt - reply.excerpt.size()));
  reply.bytes += size;
  return reply.bytes > kMaxReply ? 0 : size;
}

class Headers {
 public:
  explicit Headers(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) list_ = curl_slist_append(list_, line.c_str());
    // Would make it wait for a second before a large body, where receivers do not know it.
    list_ = curl_slist_append(list_, "Expect:");
  }
  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;
  ~Headers() { curl_slist_free_all(list_); }
  [[nodiscard]] curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  if (const CURLcode code = curl_easy_setopt(curl, option, value); code != CURLE_OK)
    throw Error(ErrorKind::kSystem, std::string("libcurl: ") + curl_easy_strerror(code));
}

void set_bounds(CURL* curl) {
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(std::chrono::milliseconds(kPostTime).count()));
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::chrono::milliseconds(kPostTime).count()));
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);
  set(curl, CURLOPT_PROXY, "");
  set(curl, CURLOPT_USERAGENT, "croft/" CROFT_VERSION);
  set(curl, CURLOPT_WRITEFUNCTION, take);
}

void set_trust(CURL* curl, const std::string& ca) {
  set(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  set(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  set(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (ca.empty()) return;
  curl_blob blob{const_cast<char*>(ca.data()), ca.size(), CURL_BLOB_COPY};
  set(curl, CURLOPT_CAINFO_BLOB, &blob);
  set<const char*>(curl, CURLOPT_CAINFO, nullptr);
  set<const char*>(curl, CURLOPT_CAPATH, nullptr);
}

void set_target(CURL* curl, const std::string& url) {
  if (!url.starts_with(kUnixUrl)) return set(curl, CURLOPT_URL, url.c_str());
  set(curl, CURLOPT_UNIX_SOCKET_PATH, url.substr(kUnixUrl.size()).c_str());
  set(curl, CURLOPT_URL, "http://localhost/");
}

}  // namespace

struct Poster::Impl {
  CURL* curl = curl_easy_init();
  std::array<char, CURL_ERROR_SIZE> reason{};

  Sent answer(CURLcode code, const Reply& reply) {
    Sent sent;
    long status = 0;
    curl_off_t wait = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
    if (status >= 200) {
      sent.status = static_cast<int>(status);
      sent.said = reply.excerpt;
      if (wait > 0) sent.retry_after = std::chrono::seconds(wait);
      return sent;
    }
    sent.said = reason[0] != '\0' ? reason.data() : curl_easy_strerror(code);
    return sent;
  }
};

Poster::Poster() : impl_(std::make_unique<Impl>()) {
  if (impl_->curl == nullptr) throw Error(ErrorKind::kSystem, "libcurl cannot be used");
}

Poster::~Poster() {
  curl_easy_cleanup(impl_->curl);
}

Sent Poster::post(const PostRequest& request) {
  CURL* curl = impl_->curl;
  curl_easy_reset(curl);  // of options: connections and names stay
  impl_->reason[0] = '\0';
  Reply reply;
  const Headers headers(request.headers);
  set_bounds(curl);
  set_trust(curl, request.ca);
  set_target(curl, request.url);
  set(curl, CURLOPT_ERRORBUFFER, impl_->reason.data());
  set(curl, CURLOPT_WRITEDATA, static_cast<void*>(&reply));
  set(curl, CURLOPT_HTTPHEADER, headers.get());
  set(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  return impl_->answer(curl_easy_perform(curl), reply);
}

}  // namespace croft::ctl
