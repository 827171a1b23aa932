// croft-webhook as croftd sees it: a program without rights that posts what it is given, one at a time. It
// keeps its connection to the receiver from one to the next.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ctl/webhook/retry.h"
#include "ctl/webhook/wire.h"
#include "runtime/fd.h"
#include "runtime/program.h"

namespace croft::ctl {

class Sender {
 public:
  // `path` of the program, which is started when it is first needed; `stop` becomes readable when whoever
  // waits is to give up. Of the thread that sends alone, at whose end it is killed.
  Sender(std::string path, const runtime::Fd& stop) : path_(std::move(path)), stop_(stop) {}

  // Posts, and waits for at most kSenderTime. A failure of its own is an answer too.
  Sent send(const PostRequest& request);
  // Ends the program, until it is needed again.
  void rest();

 private:
  Sent exchange(const PostRequest& request);
  void start();

  std::string path_;
  const runtime::Fd& stop_;
  runtime::Fd socket_;
  std::optional<runtime::Program> program_;
};

}  // namespace croft::ctl
