#include "netns/netlink.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kLargestMessage = 2048;
constexpr std::size_t kReceiveBuffer = 65536;  // the kernel's dumps come in parts of at most 32 KiB
constexpr int kLargestBatch = 4 << 20;
constexpr std::size_t kBatch = 100;  // answers that fit the socket's buffer for sure

[[noreturn]] void too_large(const std::string& shown) {
  throw Error(ErrorKind::kSystem, "the request for " + shown + " is too large");
}

Outcome outcome_of(nlmsghdr& header) {
  const auto* answer = static_cast<const nlmsgerr*>(nlmsg_data(&header));
  Outcome outcome{-answer->error, ""};
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return outcome;
  nlattr* attributes = nlmsg_attrdata(&header, sizeof *answer);
  if (nlattr* text = nla_find(attributes, nlmsg_attrlen(&header, sizeof *answer), NLMSGERR_ATTR_MSG))
    outcome.reason = nla_get_string(text);
  return outcome;
}

}  // namespace

Message::Message(int type, int flags, std::string shown)
    : message_(nlmsg_alloc_size(kLargestMessage), nlmsg_free), shown_(std::move(shown)) {
  if (!message_ || nlmsg_put(message_.get(), 0, 0, type, 0, NLM_F_REQUEST | NLM_F_ACK | flags) == nullptr)
    throw Error(ErrorKind::kExhausted, "no memory for a request to the kernel");
}

Message& Message::append(const void* data, std::size_t size) {
  if (nlmsg_append(message_.get(), const_cast<void*>(data), size, NLMSG_ALIGNTO) != 0) too_large(shown_);
  return *this;
}

Message& Message::put(int attribute, const void* data, std::size_t size) {
  if (nla_put(message_.get(), attribute, static_cast<int>(size), data) != 0) too_large(shown_);
  return *this;
}

Message& Message::nest(int attribute, const std::function<void(Message&)>& fill) {
  nlattr* begin = nla_nest_start(message_.get(), attribute);
  if (begin == nullptr) too_large(shown_);
  fill(*this);
  nla_nest_end(message_.get(), begin);
  return *this;
}

Message Message::opposite() const {
  const nlmsghdr* header = nlmsg_hdr(message_.get());
  Message other(header->nlmsg_type + 1, 0, shown_);
  other.append(nlmsg_data(header), static_cast<std::size_t>(nlmsg_datalen(header)));
  return other;
}

std::string Message::bytes(std::uint32_t sequence) const {
  nlmsghdr* header = nlmsg_hdr(message_.get());
  header->nlmsg_seq = sequence;
  return {reinterpret_cast<const char*>(header), header->nlmsg_len};
}

NetlinkSocket::NetlinkSocket(int protocol)
    : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)),
      buffer_(std::make_unique_for_overwrite<char[]>(kReceiveBuffer)) {
  if (!socket_) runtime::fail_errno("cannot open the kernel's routing socket");
  // Reasons in words, and answers without a copy of the request. Kernels before 4.12 give neither, which is
  // fine.
  const int on = 1;
  // A large transaction with all its answers.
  static_cast<void>(
      setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kLargestBatch, sizeof kLargestBatch));
  static_cast<void>(
      setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kLargestBatch, sizeof kLargestBatch));
  static_cast<void>(setsockopt(socket_.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on));
  static_cast<void>(setsockopt(socket_.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on));
}

std::string NetlinkSocket::receive() const {
  for (;;) {
    const ssize_t got = recv(socket_.get(), buffer_.get(), kReceiveBuffer, MSG_TRUNC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) runtime::fail_errno("cannot read from the kernel's routing socket");
    if (static_cast<std::size_t>(got) > kReceiveBuffer)
      throw Error(ErrorKind::kSystem, "an answer of the kernel's routing socket was cut short");
    return {buffer_.get(), static_cast<std::size_t>(got)};
  }
}

void NetlinkSocket::send_some(const Message* first, std::size_t count, std::vector<Outcome>& outcomes) {
  const std::uint32_t start = sequence_ + 1;
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) {
    bytes += first[i].bytes(++sequence_);
    bytes.resize(NLMSG_ALIGN(bytes.size()));
  }
  if (::send(socket_.get(), bytes.data(), bytes.size(), 0) < 0)
    runtime::fail_errno("cannot write to the kernel's routing socket");
  for (std::size_t left = count; left > 0;) {
    std::string answers = receive();
    int size = static_cast<int>(answers.size());
    for (auto* header = reinterpret_cast<nlmsghdr*>(answers.data()); nlmsg_ok(header, size);
         header = nlmsg_next(header, &size)) {
      // Answers to other sequence numbers belong to a request that was given up on an error.
      const std::uint32_t index = header->nlmsg_seq - start;
      if (header->nlmsg_type != NLMSG_ERROR || index >= count) continue;
      outcomes[outcomes.size() - count + index] = outcome_of(*header);
      --left;
    }
  }
}

std::vector<Outcome> NetlinkSocket::send(const std::vector<Message>& batch) {
  std::vector<Outcome> outcomes;
  for (std::size_t done = 0; done < batch.size(); done += kBatch) {
    const std::size_t count = std::min(kBatch, batch.size() - done);
    outcomes.resize(done + count);
    send_some(&batch[done], count, outcomes);
  }
  return outcomes;
}

namespace {

// The begin or the end of a transaction; only a refusal of it is answered.
std::string border(int type, std::uint8_t subsystem, std::uint32_t sequence) {
  struct {
    nlmsghdr header;
    nfgenmsg message;
  } all{};
  all.header.nlmsg_len = sizeof all;
  all.header.nlmsg_type = static_cast<std::uint16_t>(type);
  all.header.nlmsg_flags = NLM_F_REQUEST;
  all.header.nlmsg_seq = sequence;
  all.message.version = NFNETLINK_V0;
  all.message.res_id = htons(subsystem);
  return {reinterpret_cast<const char*>(&all), sizeof all};
}

}  // namespace

void NetlinkSocket::transact(std::uint8_t subsystem, const std::vector<Message>& batch) {
  const std::uint32_t begin = ++sequence_;
  std::string bytes = border(NFNL_MSG_BATCH_BEGIN, subsystem, begin);
  for (const Message& message : batch) {
    bytes += message.bytes(++sequence_);
    bytes.resize(NLMSG_ALIGN(bytes.size()));
  }
  bytes += border(NFNL_MSG_BATCH_END, subsystem, ++sequence_);
  if (::send(socket_.get(), bytes.data(), bytes.size(), 0) < 0)
    runtime::fail_errno("cannot write to the kernel's netfilter socket");
  // A transaction that is refused as a whole is told as an error of its begin.
  for (std::size_t left = batch.size(); left > 0;) {
    std::string answers = receive();
    int size = static_cast<int>(answers.size());
    for (auto* header = reinterpret_cast<nlmsghdr*>(answers.data()); nlmsg_ok(header, size);
         header = nlmsg_next(header, &size)) {
      const std::uint32_t index = header->nlmsg_seq - begin;
      if (header->nlmsg_type != NLMSG_ERROR || index > batch.size()) continue;
      const Outcome outcome = outcome_of(*header);
      if (outcome.error_number != 0) fail_request(batch[index == 0 ? 0 : index - 1], outcome);
      if (index > 0) --left;
    }
  }
}

void NetlinkSocket::request(const std::vector<Message>& batch) {
  const std::vector<Outcome> outcomes = send(batch);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (outcomes[i].error_number != 0) fail_request(batch[i], outcomes[i]);
}

Outcome NetlinkSocket::get(const Message& request, const std::function<void(nlmsghdr&)>& each) {
  const std::string bytes = request.bytes(++sequence_);
  if (::send(socket_.get(), bytes.data(), bytes.size(), 0) < 0)
    runtime::fail_errno("cannot write to the kernel's routing socket");
  for (;;) {
    std::string answers = receive();
    int size = static_cast<int>(answers.size());
    for (auto* header = reinterpret_cast<nlmsghdr*>(answers.data()); nlmsg_ok(header, size);
         header = nlmsg_next(header, &size)) {
      if (header->nlmsg_seq != sequence_) continue;
      if (header->nlmsg_type == NLMSG_ERROR) return outcome_of(*header);
      if (header->nlmsg_type == NLMSG_DONE) return {};  // of a dump
      each(*header);
    }
  }
}

void NetlinkSocket::dump(const Message& request, const std::function<void(nlmsghdr&)>& each) {
  if (const Outcome outcome = get(request, each); outcome.error_number != 0) fail_request(request, outcome);
}

void fail_request(const Message& message, const Outcome& outcome) {
  std::string text = "cannot set " + message.shown();
  if (!outcome.reason.empty()) text += " (" + outcome.reason + ")";
  throw Error(runtime::kind_of_errno(outcome.error_number), text, outcome.error_number);
}

}  // namespace croft::netns
