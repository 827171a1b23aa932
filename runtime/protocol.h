// What the daemon and the keeper say to each other over a SOCK_SEQPACKET socket: one Frame a message,
// sometimes with text and descriptors. Requests carry a number that their reply repeats; events carry 0. Both
// ends run on one host from one build or from neighbouring versions: fields are only ever added at the end of
// a body, kProtocolVersion rises with every incompatible change, and the keeper refuses a Hello of another
// version.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace croft::runtime {

inline constexpr std::uint32_t kProtocolVersion = 1;
inline constexpr std::size_t kMaxFrame = 4096;

// Names a process tree: 16 bytes that the daemon chose (a container's uuid).
using Tag = std::array<std::uint8_t, 16>;

enum class FrameType : std::uint32_t {
  kHello = 1,    // a = version
  kLaunch,       // clone a process; body LaunchBody; fds: list memfd, channel, [cgroup], passed...
  kNext,         // a = index; asks for the first entry at or after it
  kAcknowledge,  // the exit of (tag, generation, process) is recorded: reap and forget
  kAttach,       // fds: a SOCK_SEQPACKET end that becomes a viewer of the console of `tag`
  kAdopt,    // a = pid; fds: pidfd, [console master]: watch a process that a dead keeper left; body log path
  kUpgrade,  // text: path of the program that takes over by execve(2)
  kStop,     // ends the keeper; refused with EBUSY while it has processes
  kServe,  // fds: what a program serves as its 3, 4, ...; text: its words, apart by tabs; without fds: asks,
           // b = pid
  kReply = 100,  // a = 0 or errno; what else a request answers
  kExit,         // event: (tag, generation, process) ended; b = ExitKind, c = status or signal
  kJoined,       // event: the process asked for by a launch with a join step; a = pid; fds: pidfd
  kConsole,      // event: the console's master of (tag, generation), a copy to keep safe; fds: master
};

enum class ExitKind : std::int64_t { kRunning = 0, kExited = 1, kKilled = 2, kUnknown = 3 };

struct Frame {
  FrameType type = FrameType::kReply;
  std::uint32_t size = 0;  // bytes of body or text that follow
  std::uint64_t request = 0;
  Tag tag{};
  std::uint64_t generation = 0;  // which start of the tree
  std::uint64_t process = 0;     // 0 is its init, others are processes that joined
  std::int64_t a = 0;
  std::int64_t b = 0;
  std::int64_t c = 0;
};

struct IdExtent {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0;
  std::uint32_t count = 0;
};

inline constexpr std::size_t kMaxExtents = 8;

struct LaunchBody {
  std::uint64_t clone_flags = 0;
  std::uint32_t has_cgroup = 0;
  std::uint32_t uid_extents = 0;
  std::uint32_t gid_extents = 0;
  std::uint32_t log_limit = 0;  // bytes of one console log file; two are kept
  std::array<IdExtent, kMaxExtents> uids{};
  std::array<IdExtent, kMaxExtents> gids{};
  std::array<char, 512> log_path{};  // of the console log, empty for none
};

// A frame with its body as one message.
inline std::string encode(Frame frame, std::string_view body = {}) {
  frame.size = static_cast<std::uint32_t>(body.size());
  std::string bytes(reinterpret_cast<const char*>(&frame), sizeof frame);
  bytes.append(body);
  return bytes;
}

// Splits a message; false when it is not exactly one frame.
inline bool decode(std::string_view bytes, Frame* frame, std::string_view* body) {
  if (bytes.size() < sizeof *frame) return false;
  std::memcpy(frame, bytes.data(), sizeof *frame);
  *body = bytes.substr(sizeof *frame);
  return body->size() == frame->size;
}

// The body of a kLaunch frame; false when it is not exactly one that keeps its bounds.
inline bool decode_launch(std::string_view bytes, LaunchBody* body) {
  if (bytes.size() != sizeof *body) return false;
  std::memcpy(body, bytes.data(), sizeof *body);
  return body->uid_extents <= kMaxExtents && body->gid_extents <= kMaxExtents &&
         body->log_path.back() == '\0';
}

// Packets of a console viewer: this byte first, then the data or rows and columns (two little-endian 16-bit
// numbers).
inline constexpr char kViewerData = 'd';
inline constexpr char kViewerSize = 'w';
inline constexpr std::size_t kMaxViewerPacket = 1024;  // of data to the console; more is refused

}  // namespace croft::runtime
