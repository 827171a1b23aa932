#include "ctl/lifecycle/live.h"

#include "runtime/error.h"

namespace croft::ctl {

Activity::Activity(std::shared_ptr<Live> live, std::string what, const std::string& object,
                   std::chrono::milliseconds patience)
    : live_(std::move(live)) {
  std::unique_lock lock(live_->mutex);
  if (!live_->changed.wait_for(lock, patience, [this] { return live_->activity.empty(); }))
    throw runtime::Error(runtime::ErrorKind::kBusy, "`" + object + "` is busy " + live_->activity);
  live_->activity = std::move(what);
}

Activity::~Activity() {
  const std::lock_guard lock(live_->mutex);
  live_->activity.clear();
  live_->changed.notify_all();
}

std::shared_ptr<Live> LiveTable::at(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Live>& entry = entries_[uuid];
  if (!entry) entry = std::make_shared<Live>();
  return entry;
}

void LiveTable::erase(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  entries_.erase(uuid);
}

std::vector<std::pair<std::string, std::shared_ptr<Live>>> LiveTable::all() const {
  const std::lock_guard lock(mutex_);
  return {entries_.begin(), entries_.end()};
}

}  // namespace croft::ctl
