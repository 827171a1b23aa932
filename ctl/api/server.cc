#include "ctl/api/server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <mutex>

#include "ctl/api/listen.h"
#include "ctl/api/problem.h"
#include "ctl/api/session.h"

namespace croft::ctl {
namespace {

using boost::system::error_code;
using runtime::Error;
using runtime::Fd;
using Acceptor = asio::basic_socket_acceptor<Protocol, Executor>;

constexpr std::chrono::milliseconds kStopPoll{10};
constexpr std::chrono::milliseconds kAcceptPause{100};    // when descriptors have run out
constexpr std::chrono::milliseconds kAfterCancel{2'000};  // for operations to notice that they are cancelled

// Tells the server's thread of new events. The backend keeps it for ever, so it must outlive the server.
struct Bell {
  std::mutex mutex;
  asio::io_context* io = nullptr;
  std::function<void()> ring;
  std::function<bool()> wanted;  // whether anybody listens
  bool pending = false;
};

void ring_bell(const std::shared_ptr<Bell>& bell) {
  const std::lock_guard lock(bell->mutex);
  if (bell->io == nullptr || !bell->wanted() || std::exchange(bell->pending, true)) return;
  asio::post(*bell->io, [bell] {
    {
      const std::lock_guard again(bell->mutex);
      bell->pending = false;
      if (bell->io == nullptr) return;
    }
    bell->ring();
  });
}

// One short answer on a connection that is not taken, written without waiting.
void turn_away(Socket socket) {
  const Error full(runtime::ErrorKind::kUnavailable, "the daemon has too many connections");
  const std::string body = problem_of(full).dump();
  const std::string text =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nConnection: close\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  // The client reads 503 or sees the connection closed; both tell it the same.
  if (::send(socket.native_handle(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
}

}  // namespace

class Server::Core {
 public:
  Core(Backend& backend, ServerOptions given)
      : options_(std::move(given)),
        acceptor_(io_),
        stop_timer_(io_),
        tick_timer_(io_),
        signals_(io_),
        streams_(backend, options_.limits.streams,
                 [this](const Call& call, const Error& error) {
                   options_.log({LogRecord::Level::kWarning, error.what(), call.verb, object_of(call),
                                 std::string(runtime::code_of(error.kind())), call.actor.uid});
                 }),
        dispatcher_(backend, options_.clock, options_.allow_faults, options_.limits.dispatch, options_.log) {
    open_socket();
    bell_->io = &io_;
    bell_->ring = [this] {
      for (Session* session : shared_.sessions) session->ring();
    };
    bell_->wanted = [this] { return shared_.followers > 0; };
    backend.on_event([bell = bell_] { ring_bell(bell); });
  }

  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  ~Core() {
    {
      const std::lock_guard lock(bell_->mutex);
      bell_->io = nullptr;
    }
    if (!options_.socket_path.empty()) unlink(options_.socket_path.c_str());
  }

  bool run() {
    asio::co_spawn(io_, accept_all(), asio::detached);
    if (options_.stop_on_signals) stop_on_signals();
    if (options_.on_tick && options_.tick.count() > 0) asio::co_spawn(io_, tick(), asio::detached);
    if (options_.on_ready) asio::post(io_, options_.on_ready);
    const auto work = asio::make_work_guard(io_);
    io_.run();
    return clean_;
  }

  void stop() {
    asio::post(io_, [this] { begin_stop(); });
  }

 private:
  void open_socket() {
    Fd fd = options_.listen_socket ? std::move(options_.listen_socket)
                                   : listen_at(options_.socket_path, options_.group);
    const int flags = fcntl(fd.get(), F_GETFL);
    if (flags < 0 || fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0)
      runtime::fail_errno("cannot make the listening socket non-blocking");
    error_code failure;
    acceptor_.assign(Protocol(), fd.get(), failure);
    if (failure) throw Error(runtime::ErrorKind::kSystem, "cannot use the listening socket", failure.value());
    static_cast<void>(fd.release());
  }

  void stop_on_signals() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.async_wait([this](const error_code& failure, int) {
      if (!failure) begin_stop();
    });
  }

  Task<> accept_all() {
    bool reported = false;
    while (!shared_.stopping) {
      auto [failure, socket] = co_await acceptor_.async_accept(io_.get_executor(), kResult);
      if (shared_.stopping) break;
      if (!failure) {
        reported = false;
        fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);  // Asio leaves that out
        take(std::move(socket));
        continue;
      }
      if (!std::exchange(reported, true))
        options_.log({LogRecord::Level::kError, "cannot take a connection: " + failure.message(), "", "",
                      "system", 0});
      Timer pause(io_, kAcceptPause);
      co_await pause.async_wait(kResult);
    }
  }

  void take(Socket socket) {
    if (shared_.sessions.size() >= options_.limits.connections) return turn_away(std::move(socket));
    try {
      const auto session = std::make_shared<Session>(shared_, std::move(socket));
      asio::co_spawn(io_, session->run(), [this, session](const std::exception_ptr& failure) {
        if (failure) report(failure);
      });
    } catch (...) {
      report(std::current_exception());
    }
  }

  void report(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (...) {
      const Error error = current_error();
      options_.log({LogRecord::Level::kError, std::string("a connection ended badly: ") + error.what(), "",
                    "", std::string(runtime::code_of(error.kind())), 0});
    }
  }

  Task<> tick() {
    while (!finished_) {
      options_.on_tick();
      tick_timer_.expires_after(options_.tick);
      co_await tick_timer_.async_wait(kResult);
    }
  }

  void begin_stop() {
    if (std::exchange(shared_.stopping, true)) return;
    if (options_.on_stopping) options_.on_stopping();
    error_code ignored;
    acceptor_.close(ignored);
    streams_.close_all();
    for (Session* session : shared_.sessions) session->stop();
    asio::co_spawn(io_, finish(), asio::detached);
  }

  bool quiet() {
    using std::chrono::milliseconds;
    return shared_.sessions.empty() && dispatcher_.drain(milliseconds(0)) && streams_.drain(milliseconds(0));
  }

  Task<> finish() {
    const auto cancel_at = SteadyClock::now() + options_.limits.grace;
    bool cancelled = false;
    while (!quiet() && SteadyClock::now() < cancel_at + kAfterCancel) {
      dispatcher_.cancel_waits();  // a request may have been under way when stopping began
      if (SteadyClock::now() >= cancel_at && !std::exchange(cancelled, true)) dispatcher_.cancel_operations();
      stop_timer_.expires_after(kStopPoll);
      co_await stop_timer_.async_wait(kResult);
    }
    clean_ = dispatcher_.drain(std::chrono::milliseconds(0)) && streams_.drain(std::chrono::milliseconds(0));
    finished_ = true;
    io_.stop();
  }

  ServerOptions options_;
  // Before io_: sessions that a slow client keeps past the grace end with io_, and take their leave here.
  Shared shared_{io_, options_, dispatcher_, streams_, {}};
  asio::io_context io_{1};  // one thread runs it; others only post
  Acceptor acceptor_;
  Timer stop_timer_;
  Timer tick_timer_;
  asio::signal_set signals_;
  Streams streams_;
  Dispatcher dispatcher_;
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  bool clean_ = true;
  bool finished_ = false;
};

Server::Server(Backend& backend, ServerOptions options)
    : core_(std::make_unique<Core>(backend, std::move(options))) {}
Server::~Server() = default;
bool Server::run() {
  return core_->run();
}
void Server::stop() {
  core_->stop();
}

}  // namespace croft::ctl
