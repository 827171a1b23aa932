// Requests to the kernel over netlink: built with libnl, sent in batches, every one acknowledged.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "netns/pool.h"
#include "runtime/fd.h"

struct nl_msg;  // of libnl, whose headers stay inside this folder's sources

namespace croft::netns {

// One request while it is built. Every request is small and known in size; running out of room is a bug here
// and throws Error kSystem.
class Message {
 public:
  // `flags` beside NLM_F_REQUEST and NLM_F_ACK; `shown` is what errors call it ("address of `cr12`").
  Message(int type, int flags, std::string shown);

  // The fixed header of the type (ifinfomsg, rtmsg, ...).
  template <class T>
  Message& header(const T& value) {
    return append(&value, sizeof value);
  }
  Message& put(int attribute, const void* data, std::size_t size);
  Message& put_u8(int attribute, std::uint8_t value) { return put(attribute, &value, sizeof value); }
  Message& put_u32(int attribute, std::uint32_t value) { return put(attribute, &value, sizeof value); }
  Message& put_text(int attribute, const std::string& value) {
    return put(attribute, value.c_str(), value.size() + 1);
  }
  Message& put_address(int attribute, const Address& address) {
    return put(attribute, address.bytes.data(), address.size());
  }
  // Everything that `fill` adds lies inside one attribute.
  Message& nest(int attribute, const std::function<void(Message&)>& fill);
  // As header(), but inside an attribute (the second ifinfomsg of a veth).
  template <class T>
  Message& raw(const T& value) {
    return append(&value, sizeof value);
  }

  [[nodiscard]] const std::string& shown() const { return shown_; }
  // What takes away that which this one makes: RTM_DELADDR of RTM_NEWADDR, and the like.
  [[nodiscard]] Message opposite() const;
  // The whole request with this sequence number.
  [[nodiscard]] std::string bytes(std::uint32_t sequence) const;

 private:
  Message& append(const void* data, std::size_t size);

  std::unique_ptr<nl_msg, void (*)(nl_msg*)> message_;
  std::string shown_;
};

// What came of one request of a batch.
struct Outcome {
  int error_number = 0;
  std::string reason;  // the kernel's own words, often empty
};

class NetlinkSocket {
 public:
  // Of the calling thread's net namespace. `protocol` as in netlink(7).
  explicit NetlinkSocket(int protocol = NETLINK_ROUTE);

  // Sends all at once and waits for every answer. All are done even when one of them fails.
  std::vector<Outcome> send(const std::vector<Message>& batch);
  // As send, but the first failure is thrown as Error.
  void request(const std::vector<Message>& batch);
  // As request, but for a subsystem of NETLINK_NETFILTER: all or nothing.
  void transact(std::uint8_t subsystem, const std::vector<Message>& batch);
  // A request for one thing; `each` gets the message about it. An error is returned, not thrown.
  Outcome get(const Message& request, const std::function<void(nlmsghdr&)>& each);
  // A dump request; `each` gets every message of the answer.
  void dump(const Message& request, const std::function<void(nlmsghdr&)>& each);

 private:
  [[nodiscard]] std::string receive() const;
  void send_some(const Message* first, std::size_t count, std::vector<Outcome>& outcomes);

  runtime::Fd socket_;
  std::unique_ptr<char[]> buffer_;  // kept: answers are many and small
  std::uint32_t sequence_ = 0;
};

// The Error that a failed request is.
[[noreturn]] void fail_request(const Message& message, const Outcome& outcome);

}  // namespace croft::netns
