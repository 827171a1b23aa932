#include "ctl/lifecycle/session.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "ctl/api/problem.h"

namespace croft::ctl {
namespace {

constexpr std::size_t kMaxLine = 4096;
constexpr int kFirstTime = 10'000;  // ms for the client's first message

}  // namespace

std::vector<runtime::Fd> receive_first(const Stream& stream, std::size_t count) {
  pollfd waiting{stream.socket.get(), POLLIN, 0};
  if (poll(&waiting, 1, kFirstTime) <= 0)
    throw runtime::Error(runtime::ErrorKind::kTimeout, "the client did not send its descriptors");
  std::vector<runtime::Fd> fds;
  const std::string byte = runtime::receive_with_fds(stream.socket.get(), 1, &fds);
  if (byte != "F" || fds.size() != count)
    throw runtime::Error(runtime::ErrorKind::kInvalid,
                         "expected the byte F with " + std::to_string(count) + " descriptors first");
  return fds;
}

bool send_line(const Stream& stream, const std::string& line, int fd) {
  try {
    runtime::send_with_fds(stream.socket.get(), line, fd < 0 ? std::vector<int>{} : std::vector<int>{fd});
    return true;
  } catch (const runtime::Error&) {
    return false;
  }
}

std::string error_line(const runtime::Error& error) {
  return Json{{"error", problem_of(error)}}.dump() + "\n";
}

FollowedWork::FollowedWork(const Stream& stream) {
  control_.cancelled = &cancelled_;
  control_.progress = [this, &stream](const templates::Progress& progress) {
    const Json line = {
        {"progress", {{"what", progress.what}, {"percent", progress.percent}, {"bytes", progress.bytes}}}};
    if (!send_line(stream, line.dump() + "\n") || stream.closing->load()) cancelled_ = true;
  };
}

bool LineReader::read(int socket) {
  std::array<char, 1024> bytes{};
  const ssize_t got = recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return buffer_.size() <= kMaxLine || buffer_.find('\n') != std::string::npos;
}

std::optional<std::string> LineReader::next() {
  const std::size_t end = buffer_.find('\n');
  if (end == std::string::npos) return {};
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

}  // namespace croft::ctl
