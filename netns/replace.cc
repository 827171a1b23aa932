// Other settings for an interface that is there.
#include <algorithm>
#include <cerrno>
#include <set>

#include "netns/messages.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

bool is_gone(int error_number) {
  return error_number == EADDRNOTAVAIL || error_number == ESRCH || error_number == ENOENT ||
         error_number == ENODEV;
}

std::set<std::string> texts_of(const std::vector<Message>& all) {
  std::set<std::string> texts;
  for (const Message& message : all) texts.insert(message.bytes(0));
  return texts;
}

void take_away(NetlinkSocket& socket, const std::vector<Message>& before, const std::set<std::string>& kept) {
  std::vector<Message> gone;
  for (auto message = before.rbegin(); message != before.rend(); ++message)
    if (!kept.contains(message->bytes(0))) gone.push_back(message->opposite());
  const std::vector<Outcome> outcomes = socket.send(gone);
  for (std::size_t i = 0; i < gone.size(); ++i)
    if (outcomes[i].error_number != 0 && !is_gone(outcomes[i].error_number))
      fail_request(gone[i], outcomes[i]);
}

// All of them: with the first address of a network the kernel takes away the others, and their routes. When
// it throws, what it made is gone again.
void make_all(NetlinkSocket& socket, const std::vector<Message>& after, const std::set<std::string>& had,
              Present present) {
  const std::vector<Outcome> outcomes = socket.send(after);
  std::vector<Message> made;
  std::size_t failed = after.size();
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (had.contains(after[i].bytes(0))) continue;
    const int error_number = outcomes[i].error_number;
    if (error_number == 0)
      made.insert(made.begin(), after[i].opposite());
    else if (error_number != EEXIST || present == Present::kRefused)
      failed = std::min(failed, i);
  }
  if (failed == after.size()) return;
  static_cast<void>(socket.send(made));
  fail_request(after[failed], outcomes[failed]);
}

}  // namespace

void replace_settings(const std::vector<Message>& before, const std::vector<Message>& after,
                      Present present) {
  NetlinkSocket socket;
  const std::set<std::string> old = texts_of(before);
  const std::set<std::string> next = texts_of(after);
  try {
    take_away(socket, before, next);
    make_all(socket, after, old, present);
  } catch (const runtime::Error&) {
    make_all(socket, before, old, Present::kFine);
    throw;
  }
}

}  // namespace croft::netns
