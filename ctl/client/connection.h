// One HTTP/1.1 connection to the daemon. Internal to ctl/client.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ctl/client/client.h"

namespace croft::ctl {

class ResponseParser;

class Client::Connection {
 public:
  // Connects. Throws Error kUnavailable or kRefused with what to do about it.
  Connection(const std::string& path, int timeout_s);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False when the daemon has closed it, or sent what nobody asked for.
  [[nodiscard]] bool alive() const;
  // After a whole answer that did not close the connection.
  [[nodiscard]] bool reusable() const { return reusable_; }
  // Some of the answer has come: the request did arrive.
  [[nodiscard]] bool answered() const { return answered_; }

  void send(std::string_view text);
  Response receive();
  // Reads an answer's header and not one byte more.
  std::string receive_head();
  // Begins an answer whose body is read piece by piece; the answer without its body.
  Response receive_begin();
  // Some more of that body; empty at its end.
  std::string receive_more();
  runtime::Fd release() { return std::move(socket_); }

 private:
  std::size_t fill();
  void parse();

  std::string path_;
  int timeout_s_;
  runtime::Fd socket_;
  std::string buffer_;
  std::unique_ptr<ResponseParser> parser_;
  bool reusable_ = false;
  bool answered_ = false;
};

}  // namespace croft::ctl
