#include "ctl/api/events.h"

namespace croft::ctl {

Json to_json(const Event& event) {
  return {{"number", event.number},
          {"time", event.time},
          {"kind", event.kind},
          {"object", event.object},
          {"uuid", event.uuid.empty() ? Json() : Json(event.uuid)},
          {"actor", event.actor},
          {"before", event.before},
          {"after", event.after},
          {"detail", event.detail}};
}

Json events_page(Backend& backend, std::uint64_t since, std::size_t limit) {
  Json items = Json::array();
  std::uint64_t next = since;
  for (const Event& event : backend.events(since, limit)) {
    items.push_back(to_json(event));
    next = event.number;
  }
  return {{"items", std::move(items)}, {"next", next}};
}

EventLines event_lines(Backend& backend, std::uint64_t since, std::size_t limit) {
  EventLines lines{{}, since};
  for (const Event& event : backend.events(since, limit)) {
    lines.text += to_json(event).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    lines.last = event.number;
  }
  return lines;
}

}  // namespace croft::ctl
