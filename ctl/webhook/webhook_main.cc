// croft-webhook: posts what croftd gives it (wire.h). TLS and the answers of receivers are read here, in a
// process that may do nothing on this host: in mount and pid namespaces of its own, as a user that is nobody
// else's, with bounded memory. It never sees a secret, signatures come with what it is given.
#include <curl/curl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "ctl/webhook/confine.h"
#include "ctl/webhook/post.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr std::size_t kMaxMessage = 16;

std::string content_of(const Fd& file) {
  const off_t size = lseek(file.get(), 0, SEEK_END);
  if (size < 0 || size > static_cast<off_t>(kMaxPost))
    throw Error(ErrorKind::kInvalid, "what is to be posted is too large");
  std::string text(static_cast<std::size_t>(size), '\0');
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t got = pread(file.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw Error(ErrorKind::kSystem, "cannot read what is to be posted");
    done += static_cast<std::size_t>(got);
  }
  return text;
}

Sent post_one(Poster& poster, const std::vector<Fd>& files) {
  try {
    if (files.size() != 1) throw Error(ErrorKind::kInvalid, "a message without what is to be posted");
    return poster.post(read_post(content_of(files[0])));
  } catch (const std::exception& error) {
    Sent sent;
    sent.said = error.what();
    return sent;
  }
}

int run() {
  try {
    confine();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    Poster poster;
    for (;;) {
      std::vector<Fd> files;
      if (runtime::receive_with_fds(STDIN_FILENO, kMaxMessage, &files).empty()) return EXIT_SUCCESS;
      runtime::send_with_fds(STDIN_FILENO, to_wire(post_one(poster, files)));
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "croft-webhook: %s\n", error.what());
    return EXIT_FAILURE;
  }
}

}  // namespace
}  // namespace croft::ctl

int main(int count, char** /*words*/) {
  if (count != 1) {
    std::fputs("croft-webhook is for croftd\n", stderr);
    return EXIT_FAILURE;
  }
  return croft::ctl::run();
}
