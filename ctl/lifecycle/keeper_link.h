// The daemon's connection to the keeper: finds or starts one, and finds or starts a new one when it dies.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/launcher.h"

namespace croft::ctl {

class KeeperLink {
 public:
  // `program` is started when nobody answers at `run`/keeper.sock; empty: whoever runs this host starts it.
  KeeperLink(std::string run, std::string program);

  // Connects. `events.on_lost` is called, on a thread of the connection, when it breaks. Throws Error.
  void connect(const runtime::KeeperEvents& events);
  // Drops a broken connection and connects again; starts a keeper where that is this daemon's task.
  void reconnect();
  // Whether there is no connection, or a broken one.
  [[nodiscard]] bool lost() const;
  // The connection. Throws Error kUnavailable while there is none.
  [[nodiscard]] std::shared_ptr<runtime::KeeperClient> get() const;
  // Has the keeper replace its program by this one. Throws Error kUnsupported for what is no keeper.
  void upgrade(const std::string& program) const;
  void close();

 private:
  std::shared_ptr<runtime::KeeperClient> try_connect(int attempts);
  void start_program() const;

  std::string run_;
  std::string program_;
  runtime::KeeperEvents events_;
  mutable std::mutex mutex_;
  std::shared_ptr<runtime::KeeperClient> client_;
};

}  // namespace croft::ctl
