// Codecs (codecs.h) of what keeps to resources: amounts, limits, bursts, shares, thresholds, and where a
// container may run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ctl/spec/amounts.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/codecs.h"
#include "ctl/spec/readers.h"

namespace croft::ctl::codecs {

using amounts::Resource;
using amounts::Word;

constexpr std::string_view amount_type(Resource resource, bool limit) {
  switch (resource) {
    case Resource::kCpu:
      return limit ? "cores or unlimited" : "cores";
    case Resource::kMemory:
    case Resource::kSwap:
    case Resource::kMemswap:
    case Resource::kDisk:
      return limit ? "size or unlimited" : "size";
    case Resource::kIo:
      return limit ? "size a second, or unlimited" : "size a second";
    case Resource::kNetIn:
    case Resource::kNetOut:
      return limit ? "rate or unlimited" : "rate";
    case Resource::kIops:
      return limit ? "number a second, or unlimited" : "number a second";
    default:
      return limit ? "number or unlimited" : "number";
  }
}

constexpr std::string_view burst_type(Resource resource) {
  switch (resource) {
    case Resource::kCpu:
      return "processor time, or TIME/PERIOD";
    case Resource::kMemory:
      return "time, or TIME/PERIOD";
    case Resource::kIo:
    case Resource::kNetIn:
    case Resource::kNetOut:
      return "size, or SIZE/PERIOD";
    default:
      return "number, or NUMBER/PERIOD";
  }
}

template <Resource R, Word W>
struct Amount {
  using Value = std::uint64_t;
  static constexpr std::string_view kType = amount_type(R, false);
  static Value read(const Json& json) { return amounts::read(R, W, json); }
  static Json write(Value value) { return value; }
  static Json raw(std::string_view text) { return amounts::parse(R, text); }
  static std::string show(const Json& value) { return amounts::format(R, value.get<std::uint64_t>()); }
};

template <Resource R>
struct LimitOf {
  using Value = std::optional<std::uint64_t>;
  static constexpr std::string_view kType = amount_type(R, true);
  static Value read(const Json& json) { return amounts::read_limit(R, json); }
  static Json write(const Value& value) { return value ? Json(*value) : Json(kUnlimited); }
  static Json raw(std::string_view text) {
    return text == kUnlimited ? Json(kUnlimited) : Json(amounts::parse(R, text));
  }
  static std::string show(const Json& value) {
    return value.is_string() ? std::string(kUnlimited) : amounts::format(R, value.get<std::uint64_t>());
  }
};

template <Resource R>
struct BurstOf : Plain {
  using Value = cgroups::Burst;
  static constexpr std::string_view kType = burst_type(R);
  static Value read(const Json& json) { return amounts::parse_burst(R, text_of(json, kMaxName)); }
  static Json write(const Value& value) { return amounts::format(R, value); }
};

struct Share {
  using Value = std::uint32_t;
  static constexpr std::string_view kType = "number 1..10000";
  static Value read(const Json& json);
  static Json write(Value value) { return value; }
  static Json raw(std::string_view text);
  static std::string show(const Json& value) { return std::to_string(value.get<std::uint32_t>()); }
};

struct ThresholdText : Plain {
  using Value = cgroups::Threshold;
  static constexpr std::string_view kType = "list of RESOURCE:VALUE:ACTION";
  static Value read(const Json& json);
  static Json write(const Value& value) { return amounts::format(value); }
};

struct Oom : Plain {
  using Value = cgroups::OomPolicy;
  static constexpr std::string_view kType = "kill-one, kill-container or freeze";
  static Value read(const Json& json);
  static Json write(Value value) { return std::string(to_text(value)); }
};

// The two fields of Resources that say on which CPUs.
struct Affinity : Plain {
  struct Value {
    std::string cpus;
    bool numa_auto = false;
  };
  static constexpr std::string_view kType = "CPUs as in 0-3,8, or numa:auto";
  static Value read(const Json& json);
  static Json write(const Value& value);
};

struct Nodes : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "memory nodes as in 0-1";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value.empty() ? Json() : Json(value); }
};

struct HugePages {
  using Value = std::uint64_t;
  static constexpr std::string_view kType = "size";
  static Value read(const Json& json);
  static Json write(Value value) { return value; }
  static Json raw(std::string_view text) { return std::string(text); }
  static std::string show(const Json& value) { return format(Bytes{value.get<std::uint64_t>()}); }
};

// "2M": a power of two as format writes it. Throws Error kInvalid.
void check_huge_page_size(std::string_view name);

}  // namespace croft::ctl::codecs
