// A keeper of its own in a temporary directory, and a client to it, for tests that launch real processes.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "runtime/error.h"
#include "runtime/launcher.h"

namespace croft::runtime {

#ifndef CROFT_KEEPER
#error "CROFT_KEEPER names the keeper's program"
#endif

class KeeperTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: clones into namespaces";
    std::string name = "/tmp/croft-test-keeper-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    make_directories(directory_ + "/mnt", 0755);
    ASSERT_EQ(chmod(directory_.c_str(), 0711), 0);
    start_keeper();
    connect();
  }

  void TearDown() override {
    client_.reset();
    end_keeper(SIGKILL);
    if (!directory_.empty()) remove_tree(directory_);
  }

  // Where it was built, or, in a guest that has only the built programs, what PATH says.
  static std::string keeper_program() {
    if (exists(CROFT_KEEPER)) return CROFT_KEEPER;
    std::istringstream path(getenv("PATH"));
    for (std::string directory; std::getline(path, directory, ':');)
      if (exists(directory + "/croft-keeper")) return std::filesystem::absolute(directory + "/croft-keeper");
    return "croft-keeper";
  }

  void start_keeper() {
    keeper_ = fork();
    ASSERT_GE(keeper_, 0);
    if (keeper_ == 0) {
      execlp(keeper_program().c_str(), "croft-keeper", "--run", directory_.c_str(), nullptr);
      _exit(127);
    }
  }

  void end_keeper(int signal_number) {
    if (keeper_ <= 0) return;
    kill(keeper_, signal_number);
    waitpid(keeper_, nullptr, 0);
    keeper_ = -1;
  }

  void connect() {
    KeeperEvents events;
    events.on_exit = [this](const ExitRecord& record) {
      const std::lock_guard lock(mutex_);
      exits_[{record.tag, record.generation, record.process}] = record;
      changed_.notify_all();
    };
    events.on_console = [this](const ProcessName&, Fd master) {
      const std::lock_guard lock(mutex_);
      console_ = std::move(master);
      changed_.notify_all();
    };
    for (int i = 0; i < 500 && !client_; ++i) {
      try {
        client_ = std::make_unique<KeeperClient>(directory_ + "/keeper.sock", events);
      } catch (const Error&) {
        usleep(10'000);
      }
    }
    ASSERT_TRUE(client_) << "the keeper does not answer";
  }

  std::optional<ExitRecord> wait_exit(const ProcessName& name) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return exits_.contains(name); });
    const auto found = exits_.find(name);
    return found == exits_.end() ? std::nullopt : std::optional(found->second);
  }

  static ProcessName name(std::uint8_t number, std::uint64_t process = 0) {
    Tag tag{};
    tag[0] = number;
    return {tag, 1, process};
  }

  std::string directory_;
  pid_t keeper_ = -1;
  std::unique_ptr<KeeperClient> client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<ProcessName, ExitRecord> exits_;
  Fd console_;
};

}  // namespace croft::runtime
