#include "ctl/spec/amounts.h"

#include <algorithm>
#include <array>

#include "ctl/spec/bounds.h"
#include "ctl/spec/names.h"
#include "ctl/spec/readers.h"
#include "ctl/spec/units.h"
#include "runtime/error.h"

namespace croft::ctl::amounts {
namespace {

using cgroups::Action;
using cgroups::Burst;
using cgroups::Threshold;
using cgroups::Unit;
using codecs::refuse_text;

bool is_size(Resource resource) {
  const Unit unit = cgroups::unit_of(resource);
  return unit == Unit::kBytes || unit == Unit::kBytesPerSecond;
}

bool is_net(Resource resource) {
  return resource == Resource::kNetIn || resource == Resource::kNetOut;
}

struct Bounds {
  std::uint64_t least;  // of barriers and limits
  std::uint64_t most;
};

Bounds bounds_of(Resource resource) {
  switch (resource) {
    case Resource::kCpu:
      return {kMinMilliCpu, kMaxMilliCpu};
    case Resource::kMemory:
    case Resource::kMemswap:
      return {kMinMemory, kMaxMemory};
    case Resource::kIo:
    case Resource::kNetIn:
    case Resource::kNetOut:
      return {kMinBytesPerSecond, kMaxMemory};
    case Resource::kIops:
      return {1, kMaxOperationsPerSecond};
    case Resource::kTasks:
      return {1, kMaxTasks};
    case Resource::kFiles:
      return {1, kMaxFiles};
    case Resource::kTcpSockets:
    case Resource::kOtherSockets:
      return {0, kMaxSockets};
    case Resource::kDisk:
      return {kLeastDisk, kMaxDisk};
    case Resource::kInodes:
      return {kLeastInodes, kMaxInodes};
    default:
      return {0, kMaxMemory};
  }
}

// "4M..1048576T, or unlimited", "0.01 to 8192 cores"
std::string range_text(Resource resource, Word word, const Bounds& bounds) {
  const bool cores = resource == Resource::kCpu;
  return format(resource, bounds.least) + (cores ? " to " : "..") + format(resource, bounds.most) +
         (cores ? " cores" : "") + (word == Word::kLimit ? ", or unlimited" : "");
}

std::string wanted_text(Resource resource, Word word) {
  const bool limit = word == Word::kLimit;
  const std::string end = limit ? " or \"unlimited\"" : "";
  if (resource == Resource::kCpu) return "milli-CPU as an integer (500 is half a core)" + end;
  if (is_size(resource)) return "a size (\"512M\")" + std::string(limit ? ", bytes" : " or bytes") + end;
  return "a number" + end;
}

// CPU and memory bursts are times.
bool is_timed(Resource resource) {
  return resource == Resource::kCpu || resource == Resource::kMemory;
}

std::uint64_t parse_burst_amount(Resource resource, std::string_view text) {
  if (is_timed(resource)) return parse_micros(text).value;
  if (is_net(resource)) return parse_bytes(text).value;
  return parse(resource, text);
}

std::uint64_t most_burst(Resource resource) {
  if (is_timed(resource)) return kMaxBurstMicros;
  return is_size(resource) ? kMaxMemory : kMaxBurstOperations;
}

std::string burst_amount_text(Resource resource, std::uint64_t amount) {
  return is_timed(resource) ? ctl::format(Micros{amount}) : format(resource, amount);
}

// A file's name without a path, of letters, digits, `.`, `_` and `-`.
bool is_file_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kMaxName && name[0] != '.' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), plain);
}

constexpr std::array kWithThresholds{Resource::kCpu,          Resource::kMemory, Resource::kSwap,
                                     Resource::kMemswap,      Resource::kIo,     Resource::kIops,
                                     Resource::kTasks,        Resource::kFiles,  Resource::kTcpSockets,
                                     Resource::kOtherSockets, Resource::kNetIn,  Resource::kNetOut};

Resource threshold_resource(std::string_view text) {
  std::string names;
  for (const Resource resource : kWithThresholds) {
    if (to_text(resource) == text) return resource;
    names += (names.empty() ? "" : ", ") + std::string(to_text(resource));
  }
  refuse_text(text, "is no resource that has thresholds: " + names);
}

// "signal=TERM" and such, into `threshold`.
void parse_action(std::string_view text, Threshold& threshold) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const std::string_view argument =
      equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  const auto action = cgroups::action_of(name);
  if (!action) refuse_text(text, "is not one of log, event, exec=NAME, signal=SIGNAL, freeze and throttle");
  threshold.action = *action;
  if (*action == Action::kExec) {
    if (!is_file_name(argument))
      refuse_text(text, "needs the plain name of a program, as in exec=page-me, without a path");
    threshold.argument = argument;
  } else if (*action == Action::kSignal) {
    const auto number = signal_number(argument);
    if (!number) refuse_text(text, "needs a signal, as in signal=TERM");
    threshold.signal = *number;
  } else if (equals != std::string_view::npos) {
    refuse_text(text, "takes no argument");
  }
}

std::string action_text(const Threshold& threshold) {
  std::string name(to_text(threshold.action));
  if (threshold.action == Action::kExec) return name + "=" + threshold.argument;
  if (threshold.action == Action::kSignal) return name + "=" + signal_name(threshold.signal);
  return name;
}

}  // namespace

std::uint64_t parse(Resource resource, std::string_view text) {
  if (resource == Resource::kCpu) return parse_cores(text).value;
  if (is_net(resource)) return parse_rate(text).value;
  return is_size(resource) ? parse_bytes(text).value : parse_count(text);
}

std::string format(Resource resource, std::uint64_t value) {
  if (resource == Resource::kCpu) return ctl::format(MilliCpu{value});
  return is_size(resource) ? ctl::format(Bytes{value}) : std::to_string(value);
}

std::uint64_t least(Resource resource) {
  return bounds_of(resource).least;
}

std::uint64_t read(Resource resource, Word word, const Json& json) {
  const bool text = json.is_string() && resource != Resource::kCpu;
  const std::uint64_t value = text ? parse(resource, codecs::text_of(json, kMaxName))
                                   : codecs::count_of(json, wanted_text(resource, word));
  Bounds bounds = bounds_of(resource);
  if (word == Word::kGuarantee) bounds.least = 0;
  codecs::check_range(value, bounds.least, bounds.most, range_text(resource, word, bounds));
  return value;
}

std::optional<std::uint64_t> read_limit(Resource resource, const Json& json) {
  if (json.is_string() && json.get_ref<const std::string&>() == kUnlimited) return std::nullopt;
  return read(resource, Word::kLimit, json);
}

Burst parse_burst(Resource resource, std::string_view text) {
  const std::size_t slash = text.find('/');
  Burst burst;
  burst.amount = parse_burst_amount(resource, text.substr(0, slash));
  const std::uint64_t most = most_burst(resource);
  if (burst.amount == 0 || burst.amount > most)
    refuse_text(text, "must have an amount above 0, and at most " + burst_amount_text(resource, most));
  if (slash == std::string_view::npos) return burst;
  burst.period_us = parse_micros(text.substr(slash + 1)).value;
  if (*burst.period_us < 1'000'000 || *burst.period_us > kMaxBurstMicros)
    refuse_text(text, "must have a period of 1s..366d");
  return burst;
}

std::string format(Resource resource, const Burst& burst) {
  const std::string amount = burst_amount_text(resource, burst.amount);
  return burst.period_us ? amount + "/" + ctl::format(Micros{*burst.period_us}) : amount;
}

Threshold parse_threshold(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (second == std::string_view::npos)
    refuse_text(text, "is not RESOURCE:VALUE:ACTION, as in memory:900M:event");
  Threshold threshold;
  threshold.resource = threshold_resource(text.substr(0, first));
  threshold.value = parse(threshold.resource, text.substr(first + 1, second - first - 1));
  const std::uint64_t most = bounds_of(threshold.resource).most;
  if (threshold.value == 0 || threshold.value > most)
    refuse_text(text, "must have a value above 0, and at most " + format(threshold.resource, most));
  parse_action(text.substr(second + 1), threshold);
  return threshold;
}

std::string format(const Threshold& threshold) {
  return std::string(to_text(threshold.resource)) + ":" + format(threshold.resource, threshold.value) + ":" +
         action_text(threshold);
}

}  // namespace croft::ctl::amounts
