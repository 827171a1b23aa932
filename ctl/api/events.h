// Events as JSON: pages for GET /v1/events and lines for those who follow.
#pragma once

#include <cstdint>
#include <string>

#include "ctl/api/backend.h"

namespace croft::ctl {

// {"items":[..],"next":N}: N is what `since` must be for the next page.
Json events_page(Backend& backend, std::uint64_t since, std::size_t limit);

struct EventLines {
  std::string text;        // one line of JSON for each event
  std::uint64_t last = 0;  // number of the last one; `since` when there was none
};
EventLines event_lines(Backend& backend, std::uint64_t since, std::size_t limit);

}  // namespace croft::ctl
