// One client's connection. Internal to ctl/api: includes Boost, so only server.cc, session.cc and follow.cc
// may include it.
#pragma once

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "ctl/api/dispatch.h"
#include "ctl/api/server.h"
#include "ctl/api/streams.h"

namespace croft::ctl {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
using Protocol = asio::local::stream_protocol;
using Socket = asio::basic_stream_socket<Protocol, Executor>;
using SteadyClock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;
template <class T = void>
using Task = asio::awaitable<T, Executor>;
inline constexpr auto kResult = asio::as_tuple(asio::use_awaitable_t<Executor>());

class Session;

// What all sessions share; lives on the thread of Server::run.
struct Shared {
  asio::io_context& io;
  const ServerOptions& options;
  Dispatcher& dispatcher;
  Streams& streams;
  std::set<Session*> sessions;
  // Counted before the first look at the journal, so that what comes after that look rings.
  std::atomic<std::size_t> followers = 0;
  bool stopping = false;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Shared& shared, Socket socket);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Serves requests until the connection ends.
  Task<> run();
  // The server stops: an idle connection ends now, a busy one after its reply.
  void stop();
  // New events are there.
  void ring();

 private:
  enum class Next { kKeep, kClose };

  Task<bool> read_request(HttpRequest& http);
  Task<Next> answer(const HttpRequest& http);
  Task<Next> send(Reply reply);
  Task<Next> switch_to_stream(Call call);
  Task<Next> follow(std::uint64_t since);
  Task<bool> write(std::string bytes);
  Task<std::variant<EventLines, Reply>> next_events(std::uint64_t since);

  void watch_client(const CancelFlag& gone);
  Respond responder();
  void deliver(std::uint64_t serial, Reply reply);

  Shared& shared_;
  boost::beast::basic_stream<Protocol, Executor> stream_;
  boost::beast::flat_buffer buffer_;
  Timer timer_;
  Actor actor_;
  bool idle_ = false;
  bool keep_alive_ = true;
  bool chunked_ = true;  // the client speaks HTTP/1.1

  std::uint64_t serial_ = 0;  // of the request being answered: late replies to earlier ones are dropped
  std::optional<Reply> reply_;

  bool following_ = false;
  bool client_gone_ = false;
  std::uint64_t rings_ = 0;
  std::optional<std::variant<EventLines, Reply>> events_;
};

}  // namespace croft::ctl
