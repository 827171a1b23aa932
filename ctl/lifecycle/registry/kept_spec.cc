#include "ctl/lifecycle/registry/kept_spec.h"

#include <mutex>
#include <optional>
#include <utility>

namespace croft::ctl {

struct KeptSpec::Both {
  explicit Both(Json given) : json(std::move(given)) {}
  const Json json;
  std::mutex mutex;
  std::optional<Spec> spec;  // once there, it stays as it is
};

// Lists of names make thousands of these.
KeptSpec::KeptSpec() {
  static const KeptSpec none{Json()};
  both_ = none.both_;
}
KeptSpec::KeptSpec(Json json) : both_(std::make_shared<Both>(std::move(json))) {}

const Json& KeptSpec::json() const {
  return both_->json;
}

const Spec& KeptSpec::parsed() const {
  const std::lock_guard lock(both_->mutex);
  if (!both_->spec) both_->spec = parse_spec(both_->json);
  return *both_->spec;
}

const KeptSpec* SpecMemo::find(const std::string& text) {
  if (const auto known = recent_.find(text); known != recent_.end()) return &known->second;
  const auto known = older_.find(text);
  if (known == older_.end()) return nullptr;
  keep(text, known->second);
  return &recent_.at(text);
}

KeptSpec SpecMemo::keep(const std::string& text, KeptSpec spec) {
  if (recent_.size() == kMost) {
    older_ = std::move(recent_);
    recent_.clear();
  }
  return recent_.emplace(text, std::move(spec)).first->second;
}

}  // namespace croft::ctl
