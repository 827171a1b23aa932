// What croftd and croft-webhook say to each other over a SOCK_SEQPACKET socket, which is its standard input:
// each message to it is one byte and a sealed file with a PostRequest as JSON, each answer a JSON text of at
// most kMaxPostAnswer bytes. It leaves at end-of-file.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/webhook/retry.h"

namespace croft::ctl {

// Nobody's user and group on this host: the last one before those of containers.
inline constexpr std::uint32_t kSenderId = 0x0fffffff;

// A URL of a stream socket on this host: its path follows.
inline constexpr std::string_view kUnixUrl = "unix:";

inline constexpr std::chrono::seconds kPostTime{10};           // of one attempt, from names to the answer
inline constexpr std::chrono::seconds kSenderTime{15};         // then it is taken for stuck, and killed
inline constexpr std::size_t kMaxPost = std::size_t{8} << 20;  // bytes of a request
inline constexpr std::size_t kMaxReply = 65536;                // bytes that are read of a receiver's answer
inline constexpr std::size_t kMaxPostAnswer = 8192;
inline constexpr std::size_t kMaxExcerpt = 256;  // bytes of a receiver's answer that are told

struct PostRequest {
  std::string url;
  std::string ca;  // PEM; empty: the system's
  std::vector<std::string> headers;
  std::string body;
};

std::string to_wire(const PostRequest& request);
PostRequest read_post(std::string_view text);

std::string to_wire(const Sent& sent);
// Whatever it is, it becomes an answer: whoever wrote it may have been taken over by a receiver.
Sent read_sent(std::string_view text);

}  // namespace croft::ctl
