// Ports of the host that lead to containers: no two containers have one.
#include <algorithm>

#include "ctl/lifecycle/registry/store.h"
#include "netns/forward.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using netns::Forward;
using runtime::Error;
using runtime::ErrorKind;

std::vector<Forward> forwards_of(const ContainerRecord& record) {
  std::vector<Forward> all;
  const Json net = record.spec.json().value("net", Json::object());
  const Json list = net.value("forward", Json::array());
  for (const Json& text : list) all.push_back(netns::parse_forward(text.get<std::string>()));
  return all;
}

Place host_place(const Forward& forward) {
  return forward.host ? place_of(netns::to_text(*forward.host)) : Place();
}

void check_free(Store& store, std::string_view uuid, const Forward& forward) {
  const Place place = host_place(forward);
  Query query = store.database.query(
      "SELECT c.tenant, c.name FROM forwards f JOIN containers c ON c.uuid = f.uuid WHERE f.protocol = ? AND "
      "f.first <= ? AND f.last >= ? AND f.uuid <> ? AND (f.place = x'' OR ? = x'' OR f.place = ?)",
      static_cast<std::int64_t>(forward.transport), std::int64_t{forward.last()}, std::int64_t{forward.port},
      uuid, Blob{place}, Blob{place});
  if (query.next())
    throw Error(ErrorKind::kExists, "cannot forward " + netns::to_text(forward) +
                                        ": the port of the host leads to `" + query.text(0) + "/" +
                                        query.text(1) + "`");
}

void check_family(const ContainerRecord& record, const Forward& forward, std::size_t index) {
  if (!forward.host) return;
  const bool has = std::any_of(
      record.addresses.begin(), record.addresses.end(),
      [&](const std::string& text) { return netns::parse_address(text).family == forward.host->family; });
  if (has) return;
  const bool four = forward.host->family == netns::Family::kV4;
  throw runtime::wrong_field(
      "net.forward[" + std::to_string(index) + "]",
      std::string("is of an ") + (four ? "IPv4" : "IPv6") + " address, and the container has none");
}

}  // namespace

void end_forwards(Store& store, std::string_view uuid) {
  store.database.query("DELETE FROM forwards WHERE uuid = ?", uuid).run();
}

void lease_forwards(Store& store, const ContainerRecord& record) {
  end_forwards(store, record.uuid);
  const std::vector<Forward> all = forwards_of(record);
  for (std::size_t i = 0; i < all.size(); ++i) {
    check_family(record, all[i], i);
    check_free(store, record.uuid, all[i]);
    store.database
        .query("INSERT INTO forwards (uuid, protocol, place, first, last) VALUES (?, ?, ?, ?, ?)",
               record.uuid, static_cast<std::int64_t>(all[i].transport), Blob{host_place(all[i])},
               std::int64_t{all[i].port}, std::int64_t{all[i].last()})
        .run();
  }
}

}  // namespace croft::ctl
