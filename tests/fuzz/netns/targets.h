// What the fuzzers of netns try, as functions, so that the unit tests can replay the corpus without a fuzzer.
// A broken promise aborts.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "netns/host_access.h"
#include "netns/probe.h"
#include "netns/trace.h"
#include "runtime/error.h"

namespace croft::netns::fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

// A refusal is fine when it is an Error kInvalid.
template <class Action>
void may_refuse(Action action) {
  try {
    action();
  } catch (const runtime::Error& error) {
    promise(error.kind() == runtime::ErrorKind::kInvalid, "a refusal is kInvalid");
    promise(error.what()[0] != '\0', "a refusal says why");
  }
}

// What `croft net trace --to` takes.
inline void destination(std::string_view text) {
  may_refuse([&] {
    const std::string shown = to_text(parse_destination(text));
    promise(to_text(parse_destination(shown)) == shown, "a destination comes back");
  });
}

// What `croft host set net.host=` takes.
inline void host_access(std::string_view text) {
  may_refuse([&] {
    const std::string shown = to_text(parse_host_access(text));
    promise(to_text(parse_host_access(shown)) == shown, "what containers reach of the host comes back");
  });
}

// Frames that come while addresses are probed.
inline void frame(std::string_view bytes) {
  const std::vector<Address> asked{parse_address("192.0.2.7"), parse_address("2001:db8::7")};
  for (const Holder& holder : holders_in(bytes, asked))
    promise(std::find(asked.begin(), asked.end(), holder.address) != asked.end(),
            "only what was asked is answered");
}

}  // namespace croft::netns::fuzz
