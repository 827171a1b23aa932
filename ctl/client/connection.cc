#include "ctl/client/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

namespace croft::ctl {

namespace http = boost::beast::http;
using boost::system::error_code;
using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

// Collects what Beast's parser finds. The body grows until somebody takes it.
class ResponseParser : public http::basic_parser<false> {
 public:
  ResponseParser() {
    eager(true);
    header_limit(64U << 10U);
    body_limit(boost::none);
  }
  Response response;

 private:
  using View = boost::beast::string_view;

  void on_request_impl(http::verb, View, View, int, error_code&) override {}
  void on_response_impl(int code, View, int, error_code&) override { response.status = code; }
  void on_field_impl(http::field, View name, View value, error_code&) override {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    response.headers[lower] = std::string(value);
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(View body, error_code&) override {
    response.text.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, error_code&) override {
    response.text.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
};

namespace {

constexpr std::size_t kReadSize = 16384;
constexpr std::size_t kMaxHead = 16384;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

Error unreachable(const std::string& path, int error_number) {
  const bool refused = error_number == EACCES || error_number == EPERM;
  Error error(refused ? ErrorKind::kRefused : ErrorKind::kUnavailable,
              "cannot reach croftd at `" + path + "`", error_number);
  if (refused)
    error.cure("be root or a member of the socket's group");
  else
    error.cure("start croftd, or name the socket it listens on");
  return error;
}

Error gone() {
  Error error(ErrorKind::kUnavailable, "croftd went away before it had answered");
  error.cure("see its log, and whether what was asked has been done");
  return error;
}

Fd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    throw Error(ErrorKind::kInvalid, "the socket path `" + path + "` must have 1 to 107 bytes");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) runtime::fail_errno("cannot make a socket");
  const void* generic = &address;
  while (connect(socket.get(), static_cast<const sockaddr*>(generic), sizeof address) != 0)
    if (errno != EINTR) throw unreachable(path, errno);
  return socket;
}

}  // namespace

Client::Connection::Connection(const std::string& path, int timeout_s)
    : path_(path), timeout_s_(timeout_s), socket_(connect_to(path)) {
  if (timeout_s <= 0) return;
  const timeval limit{timeout_s, 0};
  if (setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
      setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
    runtime::fail_errno("cannot bound the time of a connection");
}

Client::Connection::~Connection() = default;

bool Client::Connection::alive() const {
  pollfd state{socket_.get(), POLLIN, 0};
  return buffer_.empty() && poll(&state, 1, 0) == 0;
}

void Client::Connection::send(std::string_view text) {
  reusable_ = false;
  answered_ = false;
  while (!text.empty()) {
    const ssize_t put = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    // A daemon that refuses a request early closes its end while this one still writes; its answer is there.
    if (put < 0 && errno == EPIPE) return;
    if (put < 0) throw gone();
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

// Reads some bytes to the end of the buffer; 0 at the end of the connection.
std::size_t Client::Connection::fill() {
  const std::size_t old = buffer_.size();
  buffer_.resize(old + kReadSize);
  ssize_t got = 0;
  while ((got = recv(socket_.get(), buffer_.data() + old, kReadSize, 0)) < 0 && errno == EINTR) {
  }
  buffer_.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0 && errno == EAGAIN)
    throw Error(ErrorKind::kTimeout,
                "croftd did not answer within " + std::to_string(timeout_s_) + " seconds");
  if (got > 0) answered_ = true;
  return buffer_.size() - old;
}

// Gives the parser what has come; eager, it takes all it can.
void Client::Connection::parse() {
  error_code failure;
  buffer_.erase(0, parser_->put(boost::asio::buffer(buffer_), failure));
  if (failure && failure != http::error::need_more)
    throw Error(ErrorKind::kSystem, "croftd's answer is not HTTP: " + failure.message());
}

Response Client::Connection::receive_begin() {
  parser_ = std::make_unique<ResponseParser>();
  if (!buffer_.empty()) parse();
  while (!parser_->is_header_done()) {
    if (fill() == 0) throw gone();
    parse();
  }
  return {parser_->response.status, parser_->response.headers, {}};
}

std::string Client::Connection::receive_more() {
  while (parser_->response.text.empty() && !parser_->is_done()) {
    if (fill() > 0) {
      parse();
      continue;
    }
    error_code failure;
    parser_->put_eof(failure);
    if (failure || !parser_->is_done()) throw gone();
  }
  return std::exchange(parser_->response.text, {});
}

Response Client::Connection::receive() {
  Response response = receive_begin();
  for (;;) {
    const std::string more = receive_more();
    if (more.empty()) break;
    response.text += more;
  }
  reusable_ = parser_->keep_alive();
  return response;
}

std::string Client::Connection::receive_head() {
  for (;;) {
    std::array<char, kMaxHead> bytes{};
    const ssize_t seen = recv(socket_.get(), bytes.data(), bytes.size(), MSG_PEEK);
    if (seen < 0 && errno == EINTR) continue;
    if (seen <= 0) throw gone();
    const std::size_t old = buffer_.size();
    buffer_.append(bytes.data(), static_cast<std::size_t>(seen));
    const std::size_t end = buffer_.find(kEndOfHead);
    if (end != std::string::npos) buffer_.resize(end + kEndOfHead.size());
    // Half a head is taken out too, or it would be peeked at again and again.
    const std::size_t take = buffer_.size() - old;
    if (recv(socket_.get(), bytes.data(), take, 0) != static_cast<ssize_t>(take)) throw gone();
    if (end != std::string::npos) return buffer_;
    if (buffer_.size() > kMaxHead)
      throw Error(ErrorKind::kSystem, "croftd's answer has no end to its header");
  }
}

}  // namespace croft::ctl
