// Values of resources as a person types them, as JSON has them, and what they may be: each resource has its
// unit (cgroups/resources.h), and each unit its way of writing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cgroups/resources.h"
#include "ctl/spec/json.h"

namespace croft::ctl::amounts {

using cgroups::Resource;

// Who may be 0, and who unlimited.
enum class Word { kGuarantee, kBarrier, kLimit };

// "0.5", "512M", "4096" -> milli-CPU, bytes, items. Throws Error kInvalid.
std::uint64_t parse(Resource resource, std::string_view text);
// The same back, exactly.
std::string format(Resource resource, std::uint64_t value);

// The least value of a barrier or a limit.
std::uint64_t least(Resource resource);

// From JSON, checked: an integer in the resource's unit, or text, but for CPUs (where "2" would be two cores
// to a person and 2 milli-CPU to a program). Throws Error kInvalid.
std::uint64_t read(Resource resource, Word word, const Json& json);
// Likewise, where "unlimited" is empty.
std::optional<std::uint64_t> read_limit(Resource resource, const Json& json);

// AMOUNT or AMOUNT/PERIOD: "60s/1h" of CPU time or of time above the barrier, "1G/1h", "100000/1h". Throws
// Error kInvalid.
cgroups::Burst parse_burst(Resource resource, std::string_view text);
std::string format(Resource resource, const cgroups::Burst& burst);

// RESOURCE:VALUE:ACTION. Throws Error kInvalid.
cgroups::Threshold parse_threshold(std::string_view text);
std::string format(const cgroups::Threshold& threshold);

}  // namespace croft::ctl::amounts
