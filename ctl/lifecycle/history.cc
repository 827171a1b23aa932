// history.show: who changed what, and when, also of containers that are there no more.
#include "ctl/api/events.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

constexpr std::uint64_t kUsual = 1000;
constexpr std::uint64_t kMost = 10'000;

std::uint64_t number_of(const Call& call, const char* name, std::uint64_t otherwise) {
  const auto found = call.query.find(name);
  if (found == call.query.end()) return otherwise;
  try {
    return parse_count(found->second);
  } catch (const runtime::Error& error) {
    throw runtime::wrong_field(name, error.what());
  }
}

}  // namespace

Answer show_history(Context& context, const Call& call) {
  const auto object = call.query.find("object");
  const std::uint64_t after = number_of(call, "after", 0);
  const std::uint64_t count = number_of(call, "count", kUsual);
  if (count == 0 || count > kMost) throw runtime::wrong_field("count", "must be from 1 to 10000");
  Json items = Json::array();
  std::uint64_t next = after;
  for (const Event& event :
       context.registry.history(object == call.query.end() ? "" : object->second, after, count)) {
    next = event.number;
    items.push_back(to_json(event));
  }
  return {.status = 200, .body = {{"items", std::move(items)}, {"next", next}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
