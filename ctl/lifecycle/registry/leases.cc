// What is lent to containers and must never be lent twice: host id ranges and addresses. Both are next-fit:
// the search goes on behind the last one given, so that what was just returned is used again as late as
// possible.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "ctl/lifecycle/registry/store.h"
#include "ctl/spec/interfaces.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::string_view kIdCursor = "ids";

std::optional<std::string> cursor(Store& store, std::string_view name) {
  Query query = store.database.query("SELECT last FROM cursors WHERE name = ?", name);
  if (!query.next()) return std::nullopt;
  return query.text(0);
}

void set_cursor(Store& store, std::string_view name, std::string_view last) {
  store.database
      .query(
          "INSERT INTO cursors (name, last) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = "
          "excluded.last",
          name, last)
      .run();
}

// The first base in first..last that nobody has.
std::optional<std::uint32_t> free_base(Store& store, std::uint32_t first, std::uint32_t last) {
  Query query = store.database.query("SELECT base FROM id_ranges WHERE base BETWEEN ? AND ? ORDER BY base",
                                     static_cast<std::int64_t>(first), static_cast<std::int64_t>(last));
  std::uint32_t candidate = first;
  while (candidate <= last && query.next() && query.number(0) == static_cast<std::int64_t>(candidate))
    candidate += kIdRangeSize;
  if (candidate > last) return std::nullopt;
  return candidate;
}

std::string address_of(const Place& place) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const bool four = is_four(place);
  return inet_ntop(four ? AF_INET : AF_INET6, place.data() + (four ? 12 : 0), buffer.data(), buffer.size());
}

void advance(Place& place) {
  for (auto byte = place.rbegin(); byte != place.rend(); ++byte) {
    *byte = static_cast<char>(static_cast<unsigned char>(*byte) + 1U);
    if (*byte != '\0') return;
  }
}

std::optional<Place> free_place(Store& store, const Place& first, const Place& last) {
  Query query = store.database.query("SELECT place FROM addresses WHERE place BETWEEN ? AND ? ORDER BY place",
                                     Blob{first}, Blob{last});
  Place candidate = first;
  while (query.next() && query.text(0) == candidate) {
    if (candidate == last) return std::nullopt;
    advance(candidate);
  }
  return candidate;
}

// The next free address of a range behind the one that it gave last.
std::optional<Place> lease_from(Store& store, const Range& range) {
  const std::string name = "range " + address_of(range.first);
  Place start = range.first;
  if (const auto before = cursor(store, name)) {
    start = place_of(*before);
    advance(start);
  }
  if (start < range.first || start > range.last) start = range.first;
  auto found = free_place(store, start, range.last);
  if (!found && start != range.first) found = free_place(store, range.first, start);
  if (found) set_cursor(store, name, address_of(*found));
  return found;
}

Place lease_from(Store& store, std::string_view pool, const std::vector<Range>& ranges) {
  for (const Range& range : ranges)
    if (auto found = lease_from(store, range)) return *std::move(found);
  throw Error(ErrorKind::kExhausted, "pool `" + shown(pool) + "` has no free " +
                                         (is_four(ranges.front().first) ? "IPv4" : "IPv6") + " address")
      .cure("add a prefix to it: croft net pool add PREFIX --name " + std::string(pool) +
            "; or destroy containers");
}

struct Lease {
  Place place;
  std::string pool;  // empty: asked for
};

std::vector<Lease> leases_of(Store& store, std::string_view uuid, std::string_view nic) {
  Query query = store.database.query(
      "SELECT place, pool FROM addresses WHERE uuid = ? AND nic = ? ORDER BY position", uuid, nic);
  std::vector<Lease> leases;
  while (query.next()) leases.push_back({query.text(0), query.text(1)});
  return leases;
}

void add_lease(Store& store, std::string_view uuid, std::string_view nic, const Lease& lease,
               std::size_t position) {
  store.database
      .query("INSERT INTO addresses (place, address, uuid, pool, position, nic) VALUES (?, ?, ?, ?, ?, ?)",
             Blob{lease.place}, address_of(lease.place), uuid, lease.pool,
             static_cast<std::int64_t>(position), nic)
      .run();
}

Place wanted_place(Store& store, const std::string& address) {
  const auto canonical = canonical_address(address);
  if (!canonical) throw Error(ErrorKind::kInvalid, "`" + shown(address) + "` is no address for a container");
  Place place = place_of(*canonical);
  Query query = store.database.query(
      "SELECT c.tenant, c.name FROM addresses a JOIN containers c ON c.uuid = a.uuid WHERE a.place = ?",
      Blob{place});
  if (query.next())
    throw Error(ErrorKind::kExists,
                "address `" + *canonical + "` belongs to `" + query.text(0) + "/" + query.text(1) + "`");
  return place;
}

void drop_addresses(Store& store, std::string_view uuid, std::string_view nic) {
  store.database.query("DELETE FROM addresses WHERE uuid = ? AND nic = ?", uuid, nic).run();
}

std::set<std::string> nics_with_addresses(Store& store, std::string_view uuid) {
  Query query = store.database.query("SELECT DISTINCT nic FROM addresses WHERE uuid = ? AND nic <> ''", uuid);
  std::set<std::string> all;
  while (query.next()) all.insert(query.text(0));
  return all;
}

}  // namespace

Place place_of(const std::string& address) {
  std::array<char, 16> bytes{};
  bytes[10] = bytes[11] = '\xff';
  if (inet_pton(AF_INET, address.c_str(), &bytes[12]) != 1 &&
      inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1)
    throw Error(ErrorKind::kInvalid, "`" + shown(address) + "` is no address");
  return {bytes.data(), bytes.size()};
}

bool is_four(const Place& place) {
  return place.starts_with(std::string(10, '\0') + "\xff\xff");
}

std::uint32_t lease_ids(Store& store, std::string_view uuid) {
  std::uint32_t start = kFirstIdBase;
  if (const auto last = cursor(store, kIdCursor)) {
    start = static_cast<std::uint32_t>(std::stoul(*last)) + kIdRangeSize;
    if (start > kLastIdBase) start = kFirstIdBase;
  }
  auto base = free_base(store, start, kLastIdBase);
  if (!base && start > kFirstIdBase) base = free_base(store, kFirstIdBase, start - kIdRangeSize);
  if (!base)
    throw Error(ErrorKind::kExhausted, "no range of host ids is left: all " +
                                           std::to_string((kLastIdBase - kFirstIdBase) / kIdRangeSize + 1) +
                                           " belong to containers")
        .cure("destroy containers that are not needed");
  store.database
      .query("INSERT INTO id_ranges (base, uuid) VALUES (?, ?)", static_cast<std::int64_t>(*base), uuid)
      .run();
  set_cursor(store, kIdCursor, std::to_string(*base));
  return *base;
}

std::vector<std::string> lease_addresses(Store& store, std::string_view uuid,
                                         const std::vector<std::string>& wanted, std::string_view pool,
                                         std::string_view nic) {
  const std::vector<Lease> old = leases_of(store, uuid, nic);
  if (!old.empty()) drop_addresses(store, uuid, nic);
  std::size_t position = 0;
  std::vector<std::string> addresses;
  const auto take = [&](const Lease& lease) {
    add_lease(store, uuid, nic, lease, position++);
    addresses.push_back(address_of(lease.place));
  };
  for (const std::string& address : wanted) take({wanted_place(store, address), ""});
  if (pool.empty()) return addresses;
  std::vector<Range> all = ranges_of(store, pool);
  const auto sixes =
      std::stable_partition(all.begin(), all.end(), [](const Range& r) { return is_four(r.first); });
  for (const std::vector<Range>& ranges : {std::vector(all.begin(), sixes), std::vector(sixes, all.end())}) {
    if (ranges.empty()) continue;
    const auto kept = std::find_if(old.begin(), old.end(), [&](const Lease& lease) {
      return lease.pool == pool && is_four(lease.place) == is_four(ranges.front().first) &&
             std::find(addresses.begin(), addresses.end(), address_of(lease.place)) == addresses.end();
    });
    take(kept != old.end() ? *kept : Lease{lease_from(store, pool, ranges), std::string(pool)});
  }
  return addresses;
}

namespace {

bool is_given_anew(const Spec::Net& before, const Spec::Net& after, bool runs) {
  if (before.mode != after.mode && (runs || after.mode == NetMode::kNone)) return false;
  return stated_addresses(before) != stated_addresses(after) || pool_of(before) != pool_of(after);
}

void lease_nics(Store& store, ContainerRecord& record, const Spec& before) {
  const Spec& spec = record.spec.parsed();
  std::map<std::string, std::vector<std::string>> old = std::exchange(record.nic_addresses, {});
  for (const std::string& name : nics_with_addresses(store, record.uuid))
    if (!spec.nic.contains(name)) drop_addresses(store, record.uuid, name);
  for (const auto& [name, net] : spec.nic) {
    const auto was = before.nic.find(name);
    std::vector<std::string> got =
        was != before.nic.end() && !is_given_anew(was->second, net, has_run(record.state))
            ? std::move(old[name])
            : lease_addresses(store, record.uuid, stated_addresses(net), pool_of(net).value_or(""), name);
    if (!got.empty()) record.nic_addresses[name] = std::move(got);
  }
}

// A lease with where it stands.
struct Row {
  Lease lease;
  std::string nic;
};

std::vector<Row> rows_of(Store& store, std::string_view uuid) {
  Query query = store.database.query(
      "SELECT place, pool, nic FROM addresses WHERE uuid = ? AND NOT coming ORDER BY position", uuid);
  std::vector<Row> rows;
  while (query.next()) rows.push_back({{query.text(0), query.text(1)}, query.text(2)});
  return rows;
}

void check_stays_put(const std::vector<Row>& old, const Row& next) {
  for (const Row& row : old)
    if (row.lease.place == next.lease.place && row.nic != next.nic)
      throw Error(ErrorKind::kConflict,
                  "address `" + address_of(next.lease.place) +
                      "` would move from one interface of a running container to another")
          .cure("take it from the one first, then give it to the other");
}

}  // namespace

void lease_interfaces(Store& store, ContainerRecord& record, const Spec& before) {
  const Spec& spec = record.spec.parsed();
  if (is_given_anew(before.net, spec.net, has_run(record.state)))
    record.addresses =
        lease_addresses(store, record.uuid, stated_addresses(spec.net), pool_of(spec.net).value_or(""));
  lease_nics(store, record, before);
}

void lend_interfaces(Store& store, ContainerRecord& record, const Spec& before) {
  const std::vector<Row> old = rows_of(store, record.uuid);
  lease_interfaces(store, record, before);
  const std::vector<Row> next = rows_of(store, record.uuid);
  store.database.query("DELETE FROM addresses WHERE uuid = ?", record.uuid).run();
  std::size_t position = 0;
  for (const Row& row : old) add_lease(store, record.uuid, row.nic, row.lease, position++);
  for (const Row& row : next) {
    check_stays_put(old, row);
    if (std::any_of(old.begin(), old.end(), [&](const Row& o) { return o.lease.place == row.lease.place; }))
      continue;
    add_lease(store, record.uuid, row.nic, row.lease, position++);
    store.database.query("UPDATE addresses SET coming = 1 WHERE place = ?", Blob{row.lease.place}).run();
  }
}

void end_lending(Store& store, std::string_view uuid) {
  store.database.query("DELETE FROM addresses WHERE uuid = ? AND coming", uuid).run();
}

void end_leases(Store& store, std::string_view uuid) {
  store.database.query("DELETE FROM addresses WHERE uuid = ?", uuid).run();
  store.database.query("DELETE FROM kept WHERE kind = ? AND key = ?", kKeptReaddress, uuid).run();
  end_forwards(store, uuid);
  store.database.query("DELETE FROM id_ranges WHERE uuid = ?", uuid).run();
}

}  // namespace croft::ctl
