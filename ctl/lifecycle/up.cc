#include "ctl/lifecycle/up.h"

#include <algorithm>

#include "ctl/lifecycle/inside.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{250};
constexpr milliseconds kLongestPause{16'000};
constexpr milliseconds kAnswerTime{2000};  // one that never answers holds up the next by no more

std::string ask(Context& context, const ContainerRecord& record, const std::vector<std::string>& command,
                milliseconds patience) {
  try {
    const InsideResult result = run_inside(context, record, command, patience);
    const std::string word = result.output.substr(0, result.output.find('\n'));
    return word == "running" || word == "degraded" ? word : "";
  } catch (const Error&) {  // it cannot answer yet, or never again: the caller looks
    return "";
  }
}

std::string kept_text(std::uint64_t generation, const std::string& word) {
  return std::to_string(generation) + " " + word;
}

bool still_starting(Context& context, const std::string& uuid, std::uint64_t generation) {
  const std::shared_ptr<Live> live = context.live.at(uuid);
  const std::lock_guard lock(live->mutex);
  return live->running && live->generation == generation && live->up == "starting";
}

void ask_later(Context& context, const std::string& uuid, std::uint64_t generation, const InitWay& way,
               milliseconds pause) {
  context.watcher.post_later(pause, [&context, &way, uuid, generation, pause] {
    try {
      const auto record = context.registry.find(uuid);
      if (!record || !still_starting(context, uuid, generation)) return;
      const bool can_answer = record->state == State::kRunning;
      const std::string word = can_answer ? ask(context, *record, way.up_command, kAnswerTime) : "";
      if (!word.empty()) return note_up(context, uuid, word);
    } catch (const Error&) {  // the registry: asked again below
      return ask_later(context, uuid, generation, way, kLongestPause);
    }
    ask_later(context, uuid, generation, way, std::min(2 * pause, kLongestPause));
  });
}

}  // namespace

std::string ask_up(Context& context, const ContainerRecord& record, const InitWay& way,
                   milliseconds patience) {
  std::vector<std::string> command = way.up_command;
  command.push_back(way.up_wait);
  return ask(context, record, command, patience);
}

void note_up(Context& context, const std::string& uuid, const std::string& word) {
  const std::shared_ptr<Live> live = context.live.at(uuid);
  std::uint64_t generation = 0;
  {
    const std::lock_guard lock(live->mutex);
    if (!live->running || live->up == word) return;
    live->up = word;
    generation = live->generation;
    live->changed.notify_all();
  }
  context.registry.keep(kKeptUp, uuid, kept_text(generation, word));
}

void follow_up(Context& context, const std::string& uuid, const InitWay& way) {
  const std::string kept = way.up_command.empty() ? "" : context.registry.kept(kKeptUp, uuid).value_or("");
  const std::shared_ptr<Live> live = context.live.at(uuid);
  const std::lock_guard lock(live->mutex);
  live->up = way.up_command.empty() ? "running" : "starting";
  for (const char* word : {"running", "degraded"})
    if (kept == kept_text(live->generation, word)) live->up = word;
  if (live->up == "starting") ask_later(context, uuid, live->generation, way, kFirstPause);
}

}  // namespace croft::ctl
