#include "ctl/api/operations.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "ctl/api/problem.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr const char* kStored = "operation";

// A uuid of version 7 (RFC 9562, section 5.7): it begins with the milliseconds since 1970, so that lists in
// the order of ids are in the order of time.
std::string new_id() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != ssize_t{bytes.size()})
    runtime::fail_errno("cannot get random bytes");
  using std::chrono::duration_cast;
  auto time =
      duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  for (std::size_t i = 6; i-- > 0; time >>= 8) bytes[i] = static_cast<unsigned char>(time);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x70U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  std::string id;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    std::array<char, 3> hex{};
    std::snprintf(hex.data(), hex.size(), "%02x", bytes[i]);
    id += hex.data();
  }
  return id;
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_rfc3339(std::chrono::system_clock::time_point time) {
  using std::chrono::duration_cast;
  const auto micros = duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = micros / 1000000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(micros % 1000000));
  return text.data();
}

Operation::Operation(std::string i, std::string v, std::string o, std::string c)
    : id(std::move(i)), verb(std::move(v)), object(std::move(o)), created(std::move(c)), updated_(created) {}

bool Operation::finished() const {
  const std::lock_guard lock(mutex_);
  return status_ != "running";
}

Json Operation::shown() const {
  return {{"id", id},
          {"verb", verb},
          {"object", object},
          {"status", status_},
          {"progress", {{"what", what_}, {"percent", percent_ < 0 ? Json() : Json(percent_)}}},
          {"created", created},
          {"updated", updated_},
          {"result", nullptr},
          {"error", nullptr}};
}

std::string Operation::text() const {
  const std::lock_guard lock(mutex_);
  return final_text_.empty() ? dump(shown()) : final_text_;
}

Operations::Operations(Backend& backend, Pool& pool, Clock clock, std::size_t keep_finished,
                       OnFailure on_failure)
    : backend_(backend),
      pool_(pool),
      clock_(std::move(clock)),
      keep_finished_(keep_finished),
      on_failure_(std::move(on_failure)) {}

void Operations::load() {
  std::vector<OperationPtr> read;
  for (const auto& [id, text] : backend_.all_kept(kStored)) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
      backend_.forget(kStored, id);
      continue;
    }
    auto operation = std::make_shared<Operation>(id, json.value("verb", ""), json.value("object", ""),
                                                 json.value("created", ""));
    operation->told_ = true;
    operation->status_ = json.value("status", "interrupted");
    operation->updated_ = json.value("updated", operation->created);
    if (operation->status_ != "running") operation->final_text_ = text;
    read.push_back(std::move(operation));
  }
  std::sort(read.begin(), read.end(),
            [](const OperationPtr& a, const OperationPtr& b) { return a->updated_ < b->updated_; });
  for (const OperationPtr& operation : read) {
    remember(operation);
    if (!operation->final_text_.empty()) {
      const std::lock_guard lock(mutex_);
      finished_.push_back(operation->id);
      continue;
    }
    Error error(ErrorKind::kUnavailable, "the daemon ended while this was running");
    error.cure("look at the object and ask again");
    finish(*operation, "interrupted", nullptr, problem_of(error, operation->id));
  }
  forget_oldest();
}

OperationPtr Operations::prepare(std::string verb, std::string object) {
  auto operation =
      std::make_shared<Operation>(new_id(), std::move(verb), std::move(object), to_rfc3339(clock_()));
  remember(operation);
  return operation;
}

void Operations::remember(const OperationPtr& operation) {
  const std::lock_guard lock(mutex_);
  all_.emplace(operation->id, operation);
}

void Operations::run(const OperationPtr& operation, Work work) {
  const bool taken = pool_.post([this, operation, work = std::move(work)] {
    try {
      if (operation->cancelled) throw Error(ErrorKind::kConflict, "cancelled before it began");
      Answer answer = work(*operation);
      finish(*operation, "done", std::move(answer.body), nullptr);
    } catch (...) {
      const Error error = current_error();
      if (!operation->cancelled) on_failure_(*operation, error);
      finish(*operation, operation->cancelled ? "cancelled" : "failed", nullptr,
             problem_of(error, operation->id));
    }
  });
  if (taken) return;
  Error error(ErrorKind::kUnavailable, "too many operations are waiting already");
  error.cure("try again when some have finished");
  finish(*operation, "failed", nullptr, problem_of(error, operation->id));
  throw error;
}

OperationPtr Operations::begin(std::string verb, std::string object, Work work) {
  OperationPtr operation = prepare(std::move(verb), std::move(object));
  run(operation, std::move(work));
  return operation;
}

void Operations::finish(Operation& operation, std::string status, Json result, Json error) {
  std::map<std::uint64_t, std::function<void()>> waiting;
  {
    const std::lock_guard lock(operation.mutex_);
    operation.status_ = std::move(status);
    operation.updated_ = to_rfc3339(clock_());
    Json shown = operation.shown();
    shown["result"] = std::move(result);
    shown["error"] = std::move(error);
    operation.final_text_ = dump(shown);
    waiting.swap(operation.waiting_);
  }
  try {
    store(operation);
  } catch (...) {  // a full disk must not lose the answer to who waits for it
    on_failure_(operation, current_error());
  }
  {
    const std::lock_guard lock(mutex_);
    finished_.push_back(operation.id);
  }
  for (const auto& [ticket, done] : waiting) done();
  try {
    forget_oldest();
  } catch (...) {
    on_failure_(operation, current_error());
  }
}

void Operations::store(Operation& operation) {
  const std::lock_guard lock(operation.store_mutex_);
  {
    const std::lock_guard state(operation.mutex_);
    if (!operation.told_) return;
  }
  backend_.keep(kStored, operation.id, operation.text());
}

void Operations::forget_oldest() {
  for (;;) {
    OperationPtr oldest;
    {
      const std::lock_guard lock(mutex_);
      if (finished_.size() <= keep_finished_) return;
      const auto found = all_.find(finished_.front());
      finished_.pop_front();
      if (found == all_.end()) continue;
      oldest = found->second;
      all_.erase(found);
    }
    const std::lock_guard lock(oldest->store_mutex_);
    bool told = false;
    {
      const std::lock_guard state(oldest->mutex_);
      told = std::exchange(oldest->told_, false);
    }
    if (told) backend_.forget(kStored, oldest->id);
  }
}

OperationPtr Operations::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = all_.find(id);
  if (found == all_.end())
    throw Error(ErrorKind::kNotFound, "there is no operation `" + id + "`, or it is not kept any more")
        .cure("`croft operation list` shows those that are");
  return found->second;
}

std::vector<std::string> Operations::texts() const {
  std::vector<std::string> out;
  const std::lock_guard lock(mutex_);
  out.reserve(all_.size());
  for (const auto& [id, operation] : all_) out.push_back(operation->text());
  return out;
}

void Operations::tell(const OperationPtr& operation) {
  {
    const std::lock_guard lock(operation->mutex_);
    if (std::exchange(operation->told_, true)) return;
  }
  store(*operation);
}

void Operations::progress(Operation& operation, const std::string& what, int percent) {
  const std::lock_guard lock(operation.mutex_);
  operation.what_ = what;
  operation.percent_ = std::clamp(percent, -1, 100);
  operation.updated_ = to_rfc3339(clock_());
}

void Operations::cancel(const OperationPtr& operation) {
  if (operation->finished())
    throw Error(ErrorKind::kConflict, "operation `" + operation->id + "` has ended already");
  operation->cancelled = true;
}

void Operations::cancel_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, operation] : all_) operation->cancelled = true;
}

std::uint64_t Operations::when_finished(const OperationPtr& operation, std::function<void()> done) {
  {
    const std::lock_guard lock(operation->mutex_);
    if (operation->status_ == "running") {
      operation->waiting_.emplace(++operation->last_ticket_, std::move(done));
      return operation->last_ticket_;
    }
  }
  done();
  return 0;
}

void Operations::ignore(const OperationPtr& operation, std::uint64_t ticket) {
  const std::lock_guard lock(operation->mutex_);
  operation->waiting_.erase(ticket);
}

}  // namespace croft::ctl
