#include "ctl/api/session.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

#include "ctl/api/problem.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using runtime::Error;
using runtime::ErrorKind;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t kFirstRead = 4096;
constexpr std::string_view kProtocolName = "croft-stream";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kSwitching =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: croft-stream\r\n\r\n";

Actor actor_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    runtime::fail_errno("cannot tell who connected");
  return Actor{peer.uid, peer.pid, "unix"};
}

std::optional<std::string> header(const http::fields& fields, http::field name) {
  const auto found = fields.find(name);
  if (found == fields.end()) return {};
  return std::string(found->value());
}

bool wants_stream(const http::request<http::string_body>& request) {
  if (!http::token_list{request[http::field::connection]}.exists("upgrade")) return false;
  return beast::iequals(request[http::field::upgrade], kProtocolName);
}

void fill(HttpRequest& out, http::request<http::string_body> in) {
  out.method = std::string(in.method_string());
  out.target = std::string(in.target());
  out.upgrade = wants_stream(in);
  out.content_type = header(in, http::field::content_type);
  out.accept = header(in, http::field::accept);
  out.if_match = header(in, http::field::if_match);
  out.if_none_match = header(in, http::field::if_none_match);
  if (const auto key = in.find("Idempotency-Key"); key != in.end()) out.idempotency_key = key->value();
  if (const auto fail = in.find("X-Croft-Fail-At"); fail != in.end()) out.fail_at = fail->value();
  out.body = std::move(in.body());
}

// What the client shall be told about a request that could not be read; empty when it is not there any more.
std::optional<Rejected> reason_of(const error_code& failure) {
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow)
    return Rejected(431, ErrorKind::kInvalid, "the request's header is too large");
  if (failure == http::error::body_limit)
    return Rejected(413, ErrorKind::kInvalid, "the request's body is too large");
  if (failure == http::error::end_of_stream || failure == http::error::partial_message) return {};
  if (failure.category() == make_error_code(http::error::bad_method).category())
    return Rejected(400, ErrorKind::kInvalid, "the request is not HTTP/1.1: " + failure.message());
  return {};
}

void add_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

std::string head_of(const Reply& reply, bool keep_alive) {
  std::string head = "HTTP/1.1 ";
  head.append(std::to_string(reply.status)).append(" ").append(title_of(reply.status)).append("\r\n");
  if (!reply.body.empty()) add_header(head, "Content-Type", reply.content_type);
  if (reply.status != 304) add_header(head, "Content-Length", std::to_string(reply.body.size()));
  for (const auto& [name, value] : reply.headers) add_header(head, name, value);
  add_header(head, "Cache-Control", "no-store");
  if (!keep_alive) add_header(head, "Connection", "close");
  return head + "\r\n";
}

}  // namespace

Session::Session(Shared& shared, Socket socket)
    : shared_(shared),
      stream_(std::move(socket)),
      timer_(shared.io),
      actor_(actor_of(stream_.socket().native_handle())) {
  shared_.sessions.insert(this);
}

Session::~Session() {
  shared_.sessions.erase(this);
}

Task<> Session::run() {
  const auto self = shared_from_this();
  Next next = Next::kKeep;
  while (next == Next::kKeep && !shared_.stopping) {
    HttpRequest request;
    if (!co_await read_request(request)) break;
    next = co_await answer(request);
  }
  error_code ignored;
  stream_.socket().shutdown(Socket::shutdown_both, ignored);
}

// False when there is no further request; an unreadable one is answered here.
Task<bool> Session::read_request(HttpRequest& request) {
  const ServerLimits& limits = shared_.options.limits;
  if (buffer_.size() == 0) {
    idle_ = true;
    stream_.expires_after(limits.idle);
    const auto [failure, count] = co_await stream_.async_read_some(buffer_.prepare(kFirstRead), kResult);
    idle_ = false;
    if (failure || shared_.stopping) co_return false;
    buffer_.commit(count);
  }
  stream_.expires_after(limits.request);
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser.body_limit(limits.body_bytes);
  auto [failed, size] = co_await http::async_read_header(stream_, buffer_, parser, kResult);
  if (!failed && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    if (!co_await write(std::string(kContinue))) co_return false;
    stream_.expires_after(limits.request);
  }
  if (!failed) std::tie(failed, size) = co_await http::async_read(stream_, buffer_, parser, kResult);
  if (failed) {
    keep_alive_ = false;
    if (const auto reason = reason_of(failed)) co_await send(problem_reply(*reason));
    co_return false;
  }
  keep_alive_ = parser.keep_alive();
  chunked_ = parser.get().version() >= 11;
  request.actor = actor_;
  fill(request, parser.release());
  co_return true;
}

Task<Session::Next> Session::answer(const HttpRequest& request) {
  ++serial_;
  reply_.reset();
  Begun begun = shared_.dispatcher.begin(request, responder());
  if (auto* reply = std::get_if<Reply>(&begun)) co_return co_await send(std::move(*reply));
  if (auto* change = std::get_if<SwitchToStream>(&begun))
    co_return co_await switch_to_stream(std::move(change->call));
  if (const auto* events = std::get_if<FollowEvents>(&begun)) co_return co_await follow(events->since);
  Pending pending = std::get<Pending>(std::move(begun));
  if (pending.gone) watch_client(pending.gone);
  const bool bounded = pending.deadline.count() > 0;
  timer_.expires_at(bounded ? SteadyClock::now() + pending.deadline : SteadyClock::time_point::max());
  while (!reply_) {
    const auto [failure] = co_await timer_.async_wait(kResult);
    if (reply_ || failure) continue;
    timer_.expires_at(SteadyClock::time_point::max());
    pending.at_deadline();
  }
  Reply reply = std::move(*reply_);
  reply_.reset();
  co_return co_await send(std::move(reply));
}

// The reply may come from any thread, and when this session has gone.
Respond Session::responder() {
  return [weak = weak_from_this(), &io = shared_.io, serial = serial_](Reply reply) {
    asio::post(io, [weak, serial, reply = std::move(reply)]() mutable {
      if (const auto session = weak.lock()) session->deliver(serial, std::move(reply));
    });
  };
}

void Session::deliver(std::uint64_t serial, Reply reply) {
  if (serial != serial_ || reply_) return;
  reply_ = std::move(reply);
  timer_.cancel();
}

// A call that waits for something shall not go on for a client that has left.
void Session::watch_client(const CancelFlag& gone) {
  stream_.socket().async_wait(Socket::wait_read, [weak = weak_from_this(), gone](const error_code& failure) {
    const auto session = weak.lock();
    if (failure || !session) return;
    char byte = 0;
    if (recv(session->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0) return;
    *gone = true;
    session->timer_.cancel();
  });
}

Task<bool> Session::write(std::string bytes) {
  stream_.expires_after(shared_.options.limits.write);
  const auto [failure, count] = co_await asio::async_write(stream_, asio::buffer(bytes), kResult);
  co_return !failure;
}

Task<Session::Next> Session::send(Reply reply) {
  const bool keep = keep_alive_ && !shared_.stopping;
  const bool sent = co_await write(head_of(reply, keep) + reply.body);
  if (sent && keep) co_return Next::kKeep;
  co_return Next::kClose;
}

Task<Session::Next> Session::switch_to_stream(Call call) {
  if (buffer_.size() > 0) {
    keep_alive_ = false;
    const Error early(ErrorKind::kInvalid, "nothing may be sent before the answer to an upgrade");
    co_return co_await send(problem_reply(early));
  }
  if (!shared_.streams.reserve()) {
    Error full(ErrorKind::kUnavailable, "too many streams are open");
    full.cure("end some of them (exec, console, import)");
    co_return co_await send(problem_reply(full));
  }
  if (!co_await write(std::string(kSwitching))) {
    shared_.streams.give_back();
    co_return Next::kClose;
  }
  stream_.expires_never();
  Socket socket = stream_.release_socket();
  error_code failure;
  runtime::Fd fd(socket.release(failure));
  const int flags = fcntl(fd.get(), F_GETFL);
  if (failure || flags < 0 || fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) != 0) {
    shared_.streams.give_back();
    co_return Next::kClose;
  }
  try {
    shared_.streams.start(std::move(call), std::move(fd));
  } catch (const Error& error) {
    shared_.streams.give_back();
    shared_.options.log({LogRecord::Level::kError, error.what(), "", "", "exhausted", actor_.uid});
  }
  co_return Next::kClose;
}

void Session::stop() {
  if (idle_ || following_) {
    client_gone_ = true;
    timer_.cancel();
    error_code ignored;
    stream_.socket().shutdown(Socket::shutdown_both, ignored);
  }
}

void Session::ring() {
  if (!following_) return;
  ++rings_;
  timer_.cancel();
}

}  // namespace croft::ctl
