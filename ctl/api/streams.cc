#include "ctl/api/streams.h"

#include <sys/socket.h>

#include <condition_variable>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "ctl/api/problem.h"
#include "ctl/api/signals.h"

namespace croft::ctl {

using runtime::Error;
using runtime::Fd;

struct Streams::State {
  State(Backend& b, std::size_t l, OnFailure f) : backend(b), limit(l), on_failure(std::move(f)) {}

  Backend& backend;
  const std::size_t limit;
  const OnFailure on_failure;
  std::atomic<bool> closing{false};
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t used = 0;
  std::list<Fd> sockets;  // a second descriptor of each, to shut it down by

  void serve(const Call& call, Fd socket, int answer);
  void release(std::list<Fd>::iterator socket);
};

// `answer` is a descriptor of the same socket that outlives the call.
void Streams::State::serve(const Call& call, Fd socket, int answer) {
  try {
    backend.serve(call, Stream{std::move(socket), &closing});
  } catch (...) {
    const Error error = current_error();
    on_failure(call, error);
    const Json line = {{"error", problem_of(error)}};
    try {
      runtime::send_with_fds(answer, line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    } catch (const Error&) {  // the client has gone already; the failure itself is logged
      return;
    }
  }
}

void Streams::State::release(std::list<Fd>::iterator socket) {
  const std::lock_guard lock(mutex);
  sockets.erase(socket);
  --used;
  ended.notify_all();
}

Streams::Streams(Backend& backend, std::size_t limit, OnFailure on_failure)
    : state_(std::make_shared<State>(backend, limit, std::move(on_failure))) {}

Streams::~Streams() {
  close_all();
  std::unique_lock lock(state_->mutex);
  state_->ended.wait(lock, [this] { return state_->used == 0; });
}

bool Streams::reserve() {
  const std::lock_guard lock(state_->mutex);
  if (state_->used == state_->limit || state_->closing) return false;
  ++state_->used;
  return true;
}

void Streams::give_back() {
  const std::lock_guard lock(state_->mutex);
  --state_->used;
  state_->ended.notify_all();
}

void Streams::start(Call call, Fd socket) {
  const std::lock_guard lock(state_->mutex);
  const auto own = state_->sockets.insert(state_->sockets.end(), socket.duplicate());
  if (state_->closing) shutdown(own->get(), SHUT_RDWR);
  try {
    const SignalsBlocked blocked;
    std::thread([state = state_, own, call = std::move(call), fd = std::move(socket)]() mutable {
      state->serve(call, std::move(fd), own->get());
      state->release(own);
    }).detach();
  } catch (const std::system_error&) {
    state_->sockets.erase(own);
    throw Error(runtime::ErrorKind::kExhausted, "cannot make a thread for the stream");
  }
}

void Streams::close_all() {
  const std::lock_guard lock(state_->mutex);
  state_->closing = true;
  for (const Fd& socket : state_->sockets) shutdown(socket.get(), SHUT_RDWR);
}

bool Streams::drain(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  return state_->ended.wait_for(lock, timeout, [this] { return state_->used == 0; });
}

}  // namespace croft::ctl
