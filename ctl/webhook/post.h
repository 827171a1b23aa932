// One POST over HTTP/1.1, by libcurl.
#pragma once

#include <memory>

#include "ctl/webhook/wire.h"

namespace croft::ctl {

class Poster {
 public:
  Poster();
  ~Poster();
  Poster(const Poster&) = delete;
  Poster& operator=(const Poster&) = delete;

  // Follows no redirect, knows no proxy, cookie or password, and reads at most kMaxReply bytes of the answer:
  // its status counts as soon as it is there. Certificates are verified. The connection is kept.
  Sent post(const PostRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace croft::ctl
