// A server with a fake backend on a socket in a temporary directory.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ctl/api/server.h"
#include "ctl/client/client.h"
#include "runtime/fd.h"
#include "tests/unit/api/fake_backend.h"

namespace croft::ctl {

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/croft-test-api-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = directory_ + "/api.sock";
  }

  void TearDown() override {
    stop();
    if (!directory_.empty()) runtime::remove_tree(directory_);
  }

  void start() {
    if (!backend_) backend_ = std::make_unique<FakeBackend>(store_);
    ServerOptions options;
    options.socket_path = path_;
    options.group = "croft-test-no-such-group";
    options.allow_faults = allow_faults_;
    options.limits = limits_;
    options.log = [this](const LogRecord& record) {
      const std::lock_guard lock(mutex_);
      logged_.push_back(record);
    };
    server_ = std::make_unique<Server>(*backend_, std::move(options));
    thread_ = std::thread([this] { clean_ = server_->run(); });
  }

  void stop() {
    if (!server_) return;
    server_->stop();
    thread_.join();
    server_.reset();
    backend_.reset();
  }

  Client client() { return Client(path_, 20); }

  std::vector<LogRecord> logged() {
    const std::lock_guard lock(mutex_);
    return logged_;
  }

  // Sends bytes as they are and reads what comes until the other end closes.
  std::string raw(const std::string& bytes, bool close_own_end = true) {
    const runtime::Fd socket = connect_raw();
    send_raw(socket, bytes);
    if (close_own_end) shutdown(socket.get(), SHUT_WR);
    return read_to_end(socket);
  }

  runtime::Fd connect_raw() {
    runtime::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    void* generic = &address;
    EXPECT_EQ(connect(socket.get(), static_cast<sockaddr*>(generic), sizeof address), 0);
    const timeval limit{10, 0};
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return socket;
  }

  static void send_raw(const runtime::Fd& socket, const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t put = send(socket.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (put <= 0) return;  // the server has had enough of it
      sent += static_cast<std::size_t>(put);
    }
  }

  static std::string read_to_end(const runtime::Fd& socket) {
    std::string text;
    char buffer[4096];
    ssize_t got = 0;
    while ((got = recv(socket.get(), buffer, sizeof buffer, 0)) > 0)
      text.append(buffer, static_cast<std::size_t>(got));
    return text;
  }

  // Repeats until it is true or five seconds are over.
  template <class Condition>
  static bool eventually(Condition condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  std::string directory_;
  std::string path_;
  bool allow_faults_ = false;
  bool clean_ = false;
  ServerLimits limits_;
  std::shared_ptr<Store> store_ = std::make_shared<Store>();
  std::unique_ptr<FakeBackend> backend_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<LogRecord> logged_;
};

}  // namespace croft::ctl
