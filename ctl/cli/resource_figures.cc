#include "ctl/cli/resource_figures.h"

#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

std::optional<BurstFigures> burst_of(const Json& resource) {
  const auto found = resource.find("burst");
  if (found == resource.end() || !found->is_object()) return std::nullopt;
  return BurstFigures{.amount = number_at(*found, "amount").value_or(0),
                      .left = number_at(*found, "left").value_or(0),
                      .allowed = found->value("allowed", false)};
}

ResourceFigures figures_of(const Json& resource) {
  return {.resource = resource.at("resource"),
          .unit = resource.at("unit"),
          .held = number_at(resource, "held"),
          .maxheld = number_at(resource, "maxheld"),
          .guarantee = number_at(resource, "guarantee").value_or(0),
          .barrier = number_at(resource, "barrier"),
          .limit = number_at(resource, "limit"),
          .burst = burst_of(resource),
          .share = number_at(resource, "share"),
          .failcnt = number_at(resource, "failcnt")};
}

}  // namespace

std::optional<std::uint64_t> number_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::vector<ResourceFigures> resources_of(const Json& container) {
  std::vector<ResourceFigures> list;
  const auto found = container.find("resources");
  if (found == container.end() || !found->is_array()) return list;
  list.reserve(found->size());
  for (const Json& resource : *found) list.push_back(figures_of(resource));
  return list;
}

MemoryParts memory_parts_of(const Json& container) {
  const auto found = container.find("memory_parts");
  if (found == container.end() || !found->is_object()) return {};
  return {number_at(*found, "shared"), number_at(*found, "locked"), number_at(*found, "kernel"),
          number_at(*found, "slab"), number_at(*found, "sockets")};
}

const ResourceFigures* find_resource(const std::vector<ResourceFigures>& list, std::string_view resource) {
  for (const ResourceFigures& figures : list)
    if (figures.resource == resource) return &figures;
  return nullptr;
}

std::string_view unit_of(std::string_view resource) {
  if (resource == "cpu") return "milli-cpu";
  if (resource == "memory" || resource == "swap" || resource == "memswap" || resource == "disk")
    return "bytes";
  if (resource == "io" || resource.starts_with("net.")) return "bytes/s";
  return resource == "iops" ? "1/s" : "items";
}

std::string quantity_text(std::string_view unit, std::uint64_t value) {
  if (unit == "milli-cpu") return human_cores(value);
  if (unit == "bytes") return human_size(value);
  if (unit == "bytes/s") return human_size(value) + "/s";
  if (unit == "1/s") return std::to_string(value) + "/s";
  return std::to_string(value);
}

std::string bound_text(std::string_view unit, const std::optional<std::uint64_t>& value) {
  return value ? quantity_text(unit, *value) : "unlimited";
}

std::string burst_text(std::string_view resource, const BurstFigures& burst) {
  const std::string mark = burst.allowed ? "" : "!";
  if (resource == "cpu" || resource == "memory") return human_micros(burst.left) + mark;
  if (resource == "io") return human_size(burst.left) + mark;
  return std::to_string(burst.left) + mark;
}

bool above_barrier(const ResourceFigures& figures) {
  return figures.held && figures.barrier && *figures.held > *figures.barrier;
}

bool near_limit(const ResourceFigures& figures) {
  if (!figures.limit || figures.held.value_or(0) == 0) return false;
  return *figures.held >= *figures.limit - *figures.limit / 20;
}

Colour bound_colour(const ResourceFigures& figures) {
  if (near_limit(figures)) return Colour::kBad;
  return above_barrier(figures) ? Colour::kWarning : Colour::kNone;
}

Colour strain_colour(const ResourceFigures& figures) {
  return figures.failcnt.value_or(0) > 0 ? Colour::kBad : bound_colour(figures);
}

}  // namespace croft::ctl
