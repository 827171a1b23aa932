// Reads a tar archive, plain or compressed with gzip, xz or zstd, from a descriptor that may be a pipe, and
// hands its entries to a Sink.
#pragma once

#include <functional>
#include <string_view>

#include "runtime/fd.h"
#include "templates/import.h"
#include "templates/sink.h"

namespace croft::templates {

// Called before each read and a few times a second while none is possible; must not throw.
using Waiting = std::function<void()>;

// Sees every byte of the archive, also those behind its end.
using Bytes = std::function<void(std::string_view bytes)>;

// Throws Error kInvalid for what is not such an archive, is damaged or ends early, naming the entry it was
// at.
void read_archive(const runtime::Fd& archive, const Control& control, Report& report, Sink& sink,
                  const Waiting& waiting = {}, const Bytes& on_bytes = {});

}  // namespace croft::templates
