#include "tests/unit/cli/fake_daemon.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace croft::fakes {
namespace {

// Reads until `text` holds `size` bytes, or a whole head when `size` is 0. False at the end.
bool read_until(int socket, std::string& text, std::size_t size) {
  while (size == 0 ? text.find("\r\n\r\n") == std::string::npos : text.size() < size) {
    std::array<char, 4096> buffer{};
    const ssize_t got = recv(socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return true;
}

std::size_t body_size(const std::string& head) {
  const char* found = strcasestr(head.c_str(), "\r\nContent-Length:");
  return found == nullptr ? 0 : std::strtoul(found + 17, nullptr, 10);
}

void send_all(int socket, const std::string& text) {
  send(socket, text.data(), text.size(), MSG_NOSIGNAL);
}

std::string http_text(const Reply& reply) {
  const std::string body = reply.body.is_null() ? "" : reply.body.dump();
  const char* type = reply.status >= 400 ? "application/problem+json" : "application/json";
  const std::string location = reply.location.empty() ? "" : "\r\nLocation: " + reply.location;
  return "HTTP/1.1 " + std::to_string(reply.status) + " X\r\nContent-Type: " + type + location +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

FakeDaemon::FakeDaemon(Answer answer, Stream stream)
    : answer_(std::move(answer)), stream_(std::move(stream)) {
  std::array<char, 32> name{"/tmp/croft-test-XXXXXX"};
  directory_ = mkdtemp(name.data());
  path_ = directory_ + "/api.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  listener_.reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bool good = bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                    listen(listener_.get(), 16) == 0;
  if (!good) std::abort();
  acceptor_ = std::jthread([this] { serve(); });
}

FakeDaemon::~FakeDaemon() {
  shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  {
    const std::scoped_lock lock(mutex_);
    for (const runtime::Fd& socket : sockets_) shutdown(socket.get(), SHUT_RDWR);
  }
  connections_.clear();
  unlink(path_.c_str());
  rmdir(directory_.c_str());
}

std::vector<Request> FakeDaemon::requests() {
  const std::scoped_lock lock(mutex_);
  return seen_;
}

void FakeDaemon::serve() {
  while (true) {
    const int socket = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::scoped_lock lock(mutex_);
    sockets_.emplace_back(socket);
    connections_.emplace_back([this, socket] {
      serve_connection(socket);
      shutdown(socket, SHUT_RDWR);
    });
  }
}

void FakeDaemon::serve_connection(int socket) {
  std::string text;
  while (read_until(socket, text, 0)) {
    const std::size_t head_size = text.find("\r\n\r\n") + 4;
    const std::string head = text.substr(0, head_size);
    const std::size_t whole = head_size + body_size(head);
    if (!read_until(socket, text, whole)) return;
    Request request;
    std::istringstream(head) >> request.method >> request.target;
    request.body = Json::parse(text.substr(head_size, whole - head_size), nullptr, false);
    if (request.body.is_discarded()) request.body = nullptr;
    text.erase(0, whole);
    {
      const std::scoped_lock lock(mutex_);
      seen_.push_back(request);
    }
    if (stream_ && strcasestr(head.c_str(), "\r\nUpgrade:") != nullptr) {
      send_all(socket, "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: croft-stream\r\n\r\n");
      stream_(request, socket);
      return;
    }
    send_all(socket, http_text(answer_(request)));
  }
}

Json problem(int status, const std::string& code, const std::string& detail) {
  return {{"type", "about:blank"}, {"title", code},           {"status", status},     {"code", code},
          {"detail", detail},      {"fields", Json::array()}, {"operation", nullptr}, {"retryable", false}};
}

}  // namespace croft::fakes
