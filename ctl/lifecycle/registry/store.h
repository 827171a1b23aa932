// What the registry's parts share: the open database, the clock, the journal, and how records are read.
// Callers hold the registry's lock, and for changes a transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/lifecycle/registry/records.h"
#include "ctl/lifecycle/registry/registry.h"
#include "ctl/lifecycle/registry/sqlite.h"

namespace croft::ctl {

struct Store {
  explicit Store(RegistryOptions given);

  RegistryOptions options;
  Database database;
  SpecMemo specs;
  bool has_news = false;  // an event was added since the last commit

  [[nodiscard]] std::string now() const { return options.now(); }
};

// Adds an event; `draft`'s before and after win over those given here. Returns its number.
std::uint64_t add_event(Store& store, const EventDraft& draft, std::string_view object, std::string_view uuid,
                        const Json& before = {}, const Json& after = {});

// For storing; invalid UTF-8 is replaced.
std::string json_text(const Json& json);
// JSON that the registry itself wrote. Throws Error kSystem when it is none.
Json stored_json(const Store& store, const std::string& text);

std::optional<ContainerRecord> container_by_uuid(Store& store, std::string_view uuid);
std::optional<ContainerRecord> container_by_name(Store& store, std::string_view tenant,
                                                 std::string_view name);
// A uuid or a name in `tenant`; kNotFound when there is none.
ContainerRecord container_by_ref(Store& store, std::string_view ref, std::string_view tenant);
std::vector<ContainerRecord> containers_matching(Store& store, const ContainerFilter& filter);

// "`default/web1`, `default/web2` and 3 more": up to three results of a query that gives tenant and name, out
// of `count`.
std::string list_objects(Query query, std::uint64_t count);

// --- leases.cc
// The kind of what is kept of a change of addresses that was begun.
inline constexpr const char* kKeptReaddress = "readdress";
// Gives the container a free id range. kExhausted when there is none.
std::uint32_t lease_ids(Store& store, std::string_view uuid);
// Makes `wanted` and one address of each family of the pool the container's addresses, keeping those it has
// from the same pool. kExists when another container has a wanted one, kNotFound when there is no such pool,
// kExhausted when it has none left. An empty `pool` is none.
// `nic` is the interface that they are of; empty: the first one.
std::vector<std::string> lease_addresses(Store& store, std::string_view uuid,
                                         const std::vector<std::string>& wanted, std::string_view pool,
                                         std::string_view nic = {});
// The same for all interfaces of a record whose specification is new, where what they are given by has
// changed since `before`; those of interfaces that are no more go back. A run keeps what it has, whatever its
// next mode is.
void lease_interfaces(Store& store, ContainerRecord& record, const Spec& before);
// As lease_interfaces, but what is new is only lent beside what the container has, and nothing goes back.
// kConflict for an address that moves from one interface to another.
void lend_interfaces(Store& store, ContainerRecord& record, const Spec& before);
// Takes back what lend_interfaces lent, unless lease_interfaces has taken it over.
void end_lending(Store& store, std::string_view uuid);
// Returns everything the container has on lease.
void end_leases(Store& store, std::string_view uuid);

// An address as 16 bytes in network order, IPv4 as ::ffff:a.b.c.d: std::string's order is the numbers' order.
using Place = std::string;
Place place_of(const std::string& address);
bool is_four(const Place& place);

// --- forwards.cc
// Makes the ports in the record's net.forward the container's. kExists when another container has one,
// kInvalid for an address of a family that the container has none of.
void lease_forwards(Store& store, const ContainerRecord& record);
void end_forwards(Store& store, std::string_view uuid);

// --- disk_pools.cc
// kNotFound or kConflict when no container can be made in it.
void need_disk_pool(Store& store, std::string_view name);

// --- pools.cc
struct Range {
  Place first;
  Place last;
};
// Those of one pool, in the order in which they are used up. kNotFound when there is no such pool.
std::vector<Range> ranges_of(Store& store, std::string_view pool);

}  // namespace croft::ctl
