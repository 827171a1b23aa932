// A daemon that answers as a test tells it to: enough HTTP/1.1 on a Unix socket for the client to speak to,
// and upgraded connections. The test's functions run on the connection's thread.
#pragma once

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "runtime/fd.h"

namespace croft::fakes {

using Json = nlohmann::json;

struct Request {
  std::string method;
  std::string target;
  Json body;
};

struct Reply {
  int status = 200;
  Json body;
  std::string location{};
};

class FakeDaemon {
 public:
  using Answer = std::function<Reply(const Request&)>;
  using Stream = std::function<void(const Request&, int socket)>;

  // `stream` serves requests with Upgrade; without it they get what `answer` says.
  explicit FakeDaemon(Answer answer, Stream stream = {});
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  [[nodiscard]] const std::string& socket_path() const { return path_; }
  // "POST /v1/containers/web1/start?tenant=default", in the order of arrival, with bodies.
  std::vector<Request> requests();

 private:
  void serve();
  void serve_connection(int socket);

  Answer answer_;
  Stream stream_;
  std::string directory_;
  std::string path_;
  runtime::Fd listener_;
  std::mutex mutex_;
  std::vector<Request> seen_;
  std::vector<runtime::Fd> sockets_;
  std::vector<std::jthread> connections_;
  std::jthread acceptor_;
};

// A problem+json body.
Json problem(int status, const std::string& code, const std::string& detail);

}  // namespace croft::fakes
