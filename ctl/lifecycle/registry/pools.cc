// Address pools: which prefixes there are to lease from, and under which names.
#include <algorithm>
#include <set>

#include "ctl/lifecycle/registry/impl.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/names.h"
#include "netns/pool.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::string_view kDefaultPool = "default";

struct Row {
  std::string pool;
  PoolPrefix prefix;
};

#define CROFT_POOL_COLUMNS                                                                                \
  "SELECT p.pool, p.prefix, p.embedded, p.created, p.nat, "                                               \
  "(SELECT count(*) FROM addresses a WHERE a.pool = p.pool AND a.place BETWEEN p.first AND p.last) FROM " \
  "pools p "
#define CROFT_POOL_ORDER "ORDER BY p.pool, p.embedded DESC, p.created, p.first"

Row read_row(const Query& query) {
  Row row;
  row.pool = query.text(0);
  row.prefix.prefix = query.text(1);
  row.prefix.embedded = query.number(2) != 0;
  row.prefix.created = query.text(3);
  row.prefix.nat = query.number(4) != 0;
  row.prefix.leased = static_cast<std::uint64_t>(query.number(5));
  row.prefix.capacity = netns::capacity(netns::parse_prefix(row.prefix.prefix));
  return row;
}

std::vector<Row> all_rows(Store& store) {
  Query query = store.database.query(CROFT_POOL_COLUMNS CROFT_POOL_ORDER);
  std::vector<Row> rows;
  while (query.next()) rows.push_back(read_row(query));
  return rows;
}

std::vector<PoolRecord> grouped(const std::vector<Row>& rows) {
  std::vector<PoolRecord> pools;
  for (const Row& row : rows) {
    if (pools.empty() || pools.back().name != row.pool) pools.push_back({row.pool, {}});
    pools.back().prefixes.push_back(row.prefix);
  }
  return pools;
}

std::optional<PoolRecord> pool(Store& store, std::string_view name) {
  for (PoolRecord& record : grouped(all_rows(store)))
    if (record.name == name) return std::move(record);
  return std::nullopt;
}

[[noreturn]] void no_such_pool(std::string_view name) {
  throw Error(ErrorKind::kNotFound, "there is no pool `" + shown(name) + "`")
      .cure("`croft net pool list` shows which there are");
}

PoolRecord need_pool(Store& store, std::string_view name) {
  if (auto record = pool(store, name)) return *std::move(record);
  no_such_pool(name);
}

void insert_prefix(Store& store, std::string_view name, const netns::Prefix& prefix, bool embedded,
                   bool nat) {
  for (const Row& row : all_rows(store))
    if (netns::overlaps(netns::parse_prefix(row.prefix.prefix), prefix))
      throw Error(ErrorKind::kExists, "`" + netns::to_text(prefix) + "` overlaps `" + row.prefix.prefix +
                                          "` of the pool `" + row.pool + "`");
  const Place first = place_of(netns::to_text(netns::nth(prefix, 0)));
  const Place last = place_of(netns::to_text(netns::nth(prefix, netns::capacity(prefix) - 1)));
  store.database
      .query(
          "INSERT INTO pools (prefix, pool, first, last, embedded, created, nat) VALUES (?, ?, ?, ?, ?, ?, "
          "?)",
          netns::to_text(prefix), name, Blob{first}, Blob{last}, std::int64_t{embedded}, store.now(),
          std::int64_t{nat})
      .run();
}

void delete_prefix(Store& store, const std::string& prefix) {
  store.database.query("DELETE FROM pools WHERE prefix = ?", prefix).run();
}

Json texts(const PoolRecord& record) {
  Json list = Json::array();
  Json nat = Json::array();
  for (const PoolPrefix& prefix : record.prefixes) {
    list.push_back(prefix.prefix);
    if (prefix.nat) nat.push_back(prefix.prefix);
  }
  return {{"prefixes", list}, {"nat", nat}};
}

void check_unleased(Store& store, const std::string& name, const PoolPrefix& prefix) {
  if (prefix.leased == 0) return;
  throw Error(
      ErrorKind::kBusy,
      "`" + prefix.prefix + "` of the pool `" + name + "` has leases of " +
          list_objects(store.database.query(
                           "SELECT DISTINCT c.tenant, c.name FROM pools p JOIN addresses a ON a.pool = "
                           "p.pool AND a.place BETWEEN p.first AND p.last JOIN containers c ON c.uuid "
                           "= a.uuid WHERE p.prefix = ? ORDER BY c.tenant, c.name",
                           prefix.prefix),
                       prefix.leased))
      .cure("destroy them first");
}

[[noreturn]] void no_such_prefix(const PoolRecord& record, std::string_view prefix) {
  throw Error(ErrorKind::kNotFound, "the pool `" + record.name + "` has no prefix `" + shown(prefix) + "`")
      .cure("`croft net pool show " + record.name + "` shows what it has");
}

// Those of the pool that are meant: the one that is named, or all that an operator added.
std::vector<PoolPrefix> removable(const PoolRecord& record, std::string_view prefix) {
  std::vector<PoolPrefix> found;
  for (const PoolPrefix& one : record.prefixes)
    if (prefix.empty() ? !one.embedded : one.prefix == prefix) found.push_back(one);
  if (!prefix.empty() && found.empty()) no_such_prefix(record, prefix);
  if (found.empty() || found.front().embedded)
    throw Error(ErrorKind::kRefused, "the pool `" + record.name + "` has " +
                                         (prefix.empty() ? "its prefixes" : "`" + std::string(prefix) + "`") +
                                         " from the daemon's options")
        .cure("change --net4 and --net6 of croftd");
  return found;
}

}  // namespace

std::vector<Range> ranges_of(Store& store, std::string_view name) {
  Query query = store.database.query(
      "SELECT p.first, p.last FROM pools p WHERE p.pool = ? ORDER BY p.embedded DESC, p.created, p.first",
      name);
  std::vector<Range> ranges;
  while (query.next()) ranges.push_back({query.text(0), query.text(1)});
  if (ranges.empty()) no_such_pool(name);
  return ranges;
}

void Registry::embed_pool(const std::vector<std::string>& prefixes) {
  impl_->change({Durability::kDurable, Room::kReserve, false}, [&](Store& store) {
    std::set<std::string> wanted(prefixes.begin(), prefixes.end());
    for (const Row& row : all_rows(store)) {
      if (!row.prefix.embedded || wanted.erase(row.prefix.prefix) > 0) continue;
      delete_prefix(store, row.prefix.prefix);
    }
    for (const std::string& prefix : wanted)
      insert_prefix(store, kDefaultPool, netns::parse_prefix(prefix), true, true);
    return true;
  });
}

PoolRecord Registry::add_pool(std::string_view name, std::string_view prefix, bool nat,
                              const EventDraft& event) {
  check_pool_name(name);
  const netns::Prefix parsed = netns::parse_prefix(prefix);
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    if (all_rows(store).size() >= kMaxPoolPrefixes)
      throw Error(ErrorKind::kExhausted,
                  "there are " + std::to_string(kMaxPoolPrefixes) + " prefixes in pools already")
          .cure("add wider ones instead of many");
    const auto before = pool(store, name);
    insert_prefix(store, name, parsed, false, nat);
    PoolRecord record = need_pool(store, name);
    add_event(store, event, name, "", before ? texts(*before) : Json(), texts(record));
    return record;
  });
}

PoolRecord Registry::set_pool(std::string_view name, std::string_view prefix, bool nat,
                              const EventDraft& event) {
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    PoolRecord before = need_pool(store, name);
    std::size_t meant = 0;
    for (const PoolPrefix& one : before.prefixes) {
      if (!prefix.empty() && one.prefix != prefix) continue;
      store.database.query("UPDATE pools SET nat = ? WHERE prefix = ?", std::int64_t{nat}, one.prefix).run();
      ++meant;
    }
    if (meant == 0) no_such_prefix(before, prefix);
    add_event(store, event, name, "", texts(before), texts(need_pool(store, name)));
    return before;
  });
}

std::optional<PoolRecord> Registry::find_pool(std::string_view name) const {
  return impl_->read([&](Store& store) { return pool(store, name); });
}

std::vector<PoolRecord> Registry::pools() const {
  return impl_->read([](Store& store) { return grouped(all_rows(store)); });
}

void Registry::remove_pool(std::string_view name, std::string_view prefix, const EventDraft& event) {
  impl_->change({Durability::kDurable, Room::kReserve, event.rehearsal}, [&](Store& store) {
    const PoolRecord before = need_pool(store, name);
    for (const PoolPrefix& one : removable(before, prefix)) {
      check_unleased(store, before.name, one);
      delete_prefix(store, one.prefix);
    }
    const auto after = pool(store, name);
    add_event(store, event, name, "", texts(before), after ? texts(*after) : Json());
    return true;
  });
}

std::vector<LeaseRecord> Registry::leases() const {
  return impl_->read([](Store& store) {
    Query query = store.database.query(
        "SELECT a.address, a.pool, a.uuid, c.tenant, c.name FROM addresses a JOIN containers c ON c.uuid = "
        "a.uuid ORDER BY c.tenant, c.name, a.position");
    std::vector<LeaseRecord> leases;
    while (query.next())
      leases.push_back({query.text(0), query.text(1), query.text(2), query.text(3) + "/" + query.text(4)});
    return leases;
  });
}

}  // namespace croft::ctl
