#include "ctl/cli/line_channel.h"

namespace croft::ctl {

using runtime::Error;
using runtime::ErrorKind;

void LineChannel::send_descriptors(const std::vector<int>& fds) const {
  try {
    runtime::send_with_fds(socket_.get(), "F", fds);
  } catch (const runtime::Error&) {
    // A daemon that refuses says why and closes, perhaps before this got there: its word is still to be read.
  }
}

void LineChannel::send(const Json& line) const {
  runtime::send_with_fds(socket_.get(), line.dump() + "\n");
}

bool LineChannel::receive() {
  try {
    std::vector<runtime::Fd> came;
    const std::string bytes = runtime::receive_with_fds(socket_.get(), 65536, &came);
    for (runtime::Fd& descriptor : came) descriptors_.push_back(std::move(descriptor));
    received_ += bytes;
    return !bytes.empty();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUnavailable) return false;
    throw;
  }
}

std::optional<Json> LineChannel::next() {
  const std::size_t end = received_.find('\n');
  if (end == std::string::npos) {
    if (received_.size() > kMaxLine) throw Error(ErrorKind::kSystem, "the daemon sent a line without end");
    return std::nullopt;
  }
  Json line =
      Json::parse(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
  received_.erase(0, end + 1);
  if (!line.is_object()) throw Error(ErrorKind::kSystem, "the daemon sent a line that is no JSON object");
  return line;
}

runtime::Fd LineChannel::take_descriptor() {
  if (descriptors_.empty()) return {};
  runtime::Fd first = std::move(descriptors_.front());
  descriptors_.erase(descriptors_.begin());
  return first;
}

}  // namespace croft::ctl
