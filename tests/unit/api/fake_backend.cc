#include "tests/unit/api/fake_backend.h"

#include <chrono>
#include <cstdio>

#include "runtime/error.h"

namespace croft::ctl {

using runtime::Error;
using runtime::ErrorKind;

namespace {

std::string etag_of(const Json& container) {
  return "g" + std::to_string(container.at("generation").get<int>());
}

}  // namespace

void FakeBackend::add_container(const std::string& uuid, const std::string& name, const std::string& state) {
  const std::lock_guard lock(mutex_);
  containers_[name] = {{"uuid", uuid},          {"name", name},    {"tenant", "default"},
                       {"state", state},        {"generation", 1}, {"labels", {{"role", name.substr(0, 3)}}},
                       {"spec", Json::object()}};
}

Answer FakeBackend::create(const Call& call) {
  const std::lock_guard lock(mutex_);
  const std::string name = call.body.value("name", "");
  if (name.empty()) throw Error({{"name", "must not be empty"}, {"spec.template", "is missing"}});
  if (containers_.contains(name)) throw Error(ErrorKind::kExists, "container `" + name + "` exists");
  if (call.dry_run)
    return {200, {{"changes", Json::array({{{"do", "mkdir"}, {"object", name}, {"value", ""}}})}}, "", ""};
  char uuid[64];
  std::snprintf(uuid, sizeof uuid, "00000000-0000-4000-8000-%012d", ++made_);
  containers_[name] = {
      {"uuid", uuid}, {"name", name}, {"tenant", "default"}, {"state", "ready"}, {"generation", 1}};
  return {201, containers_[name], "g1", std::string("/v1/containers/") + uuid};
}

Answer FakeBackend::start(const Call& call) {
  if (call.path.at("ref") == "broken") throw Error(ErrorKind::kSystem, "cannot mount `broken`", 5);
  if (call.path.at("ref") == "odd") throw std::out_of_range("odd");
  if (call.fail_at >= 0) throw Error(ErrorKind::kSystem, "failed at change " + std::to_string(call.fail_at));
  if (call.dry_run) return {200, {{"changes", Json::array()}}, "", ""};
  std::unique_lock lock(mutex_);
  if (call.progress) call.progress("mounting", 40);
  while (held_) {
    if (call.cancelled != nullptr && *call.cancelled) throw Error(ErrorKind::kConflict, "stopped half way");
    changed_.wait_for(lock, std::chrono::milliseconds(5));
  }
  return {200, {{"name", call.path.at("ref")}, {"state", "running"}}, "", ""};
}

Answer FakeBackend::wait(const Call& call) {
  std::unique_lock lock(mutex_);
  while (held_) {
    if (*call.cancelled) throw Error(ErrorKind::kUnavailable, "the daemon stops");
    changed_.wait_for(lock, std::chrono::milliseconds(5));
  }
  return {200, {{"state", "running"}}, "", ""};
}

Answer FakeBackend::call(const Call& call) {
  {
    const std::lock_guard lock(mutex_);
    Calls& calls = calls_[call.verb];
    ++calls.count;
    calls.last = call;
  }
  if (call.verb == "version") return {200, {{"name", "croft"}, {"version", "0"}}, "", ""};
  if (call.verb == "container.create") return create(call);
  if (call.verb == "container.start") return start(call);
  if (call.verb == "container.wait") return wait(call);
  const std::lock_guard lock(mutex_);
  if (call.verb == "container.list") {
    Json items = Json::array();
    for (const auto& [name, container] : containers_) items.push_back(container);
    return {200, items, "", ""};
  }
  if (call.verb.starts_with("container.")) {
    const auto found = containers_.find(call.path.at("ref"));
    if (found == containers_.end())
      throw Error(ErrorKind::kNotFound, "there is no container `" + call.path.at("ref") + "`");
    if (call.verb == "container.set")
      found->second["generation"] = found->second["generation"].get<int>() + 1;
    if (call.verb == "container.rename") throw Error(ErrorKind::kBusy, "somebody else renames it");
    return {200, found->second, etag_of(found->second), ""};
  }
  return {200, {{"verb", call.verb}}, "", ""};
}

void FakeBackend::serve(const Call& call, Stream stream) {
  if (call.path.contains("ref") && call.path.at("ref") == "missing")
    throw Error(ErrorKind::kNotFound, "there is no container `missing`");
  runtime::send_with_fds(stream.socket.get(), "{\"attached\":true}\n");
  for (;;) {
    std::vector<runtime::Fd> fds;
    const std::string got = runtime::receive_with_fds(stream.socket.get(), 4096, &fds);
    if (got.empty()) return;
    runtime::send_with_fds(stream.socket.get(), std::to_string(fds.size()) + got);
  }
}

std::vector<Event> FakeBackend::events(std::uint64_t after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (!events_.empty() && after + 1 < events_.front().number)
    throw Error(ErrorKind::kNotFound,
                "events before " + std::to_string(events_.front().number) + " are gone");
  std::vector<Event> out;
  for (const Event& event : events_)
    if (event.number > after && out.size() < limit) out.push_back(event);
  return out;
}

void FakeBackend::add_event(const std::string& kind) {
  {
    const std::lock_guard lock(mutex_);
    Event event;
    event.number = ++last_event_;
    event.time = "2026-11-01T00:00:00.000000Z";
    event.kind = kind;
    event.object = "default/web1";
    events_.push_back(event);
  }
  if (notify_) notify_();
}

void FakeBackend::forget_events_before(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  std::erase_if(events_, [number](const Event& event) { return event.number < number; });
}

void FakeBackend::keep(const std::string& kind, const std::string& key, const std::string& text) {
  const std::lock_guard lock(mutex_);
  (*store_)[{kind, key}] = text;
}

std::optional<std::string> FakeBackend::kept(const std::string& kind, const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = store_->find({kind, key});
  if (found == store_->end()) return {};
  return found->second;
}

std::vector<std::pair<std::string, std::string>> FakeBackend::all_kept(const std::string& kind) {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [key, text] : *store_)
    if (key.first == kind) out.emplace_back(key.second, text);
  return out;
}

void FakeBackend::forget(const std::string& kind, const std::string& key) {
  const std::lock_guard lock(mutex_);
  store_->erase({kind, key});
}

void FakeBackend::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void FakeBackend::let_go() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

int FakeBackend::calls(const std::string& verb) {
  const std::lock_guard lock(mutex_);
  return calls_[verb].count;
}

Call FakeBackend::last_call(const std::string& verb) {
  const std::lock_guard lock(mutex_);
  return calls_[verb].last;
}

std::size_t FakeBackend::kept_of(const std::string& kind) {
  return all_kept(kind).size();
}

}  // namespace croft::ctl
