// Ports of the host that lead to containers: no two containers have one.
#include <algorithm>

#include "ctl/lifecycle/registry/store.h"
#include "ctl/spec/interfaces.h"
#include "netns/forward.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using netns::Forward;
using runtime::Error;
using runtime::ErrorKind;

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

void check_family(const std::vector<std::string>& addresses, const Forward& forward,
                  const std::string& place) {
  if (!forward.host) return;
  const bool has = std::any_of(addresses.begin(), addresses.end(), [&](const std::string& text) {
    return netns::parse_address(text).family == forward.host->family;
  });
  if (has) return;
  const bool four = forward.host->family == netns::Family::kV4;
  throw runtime::wrong_field(
      place, std::string("is of an ") + (four ? "IPv4" : "IPv6") + " address, and the interface has none");
}

std::vector<Forward> forwards_in(const Json& net) {
  std::vector<Forward> all;
  for (const Json& text : net.value("forward", Json::array()))
    all.push_back(netns::parse_forward(text.get<std::string>()));
  return all;
}

void lease_all(Store& store, const std::string& uuid, const std::vector<Forward>& all,
               const std::vector<std::string>& addresses, const std::string& key) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    check_family(addresses, all[i], key + "[" + std::to_string(i) + "]");
    check_free(store, uuid, all[i]);
    store.database
        .query("INSERT INTO forwards (uuid, protocol, place, first, last) VALUES (?, ?, ?, ?, ?)", uuid,
               static_cast<std::int64_t>(all[i].transport), Blob{host_place(all[i])},
               std::int64_t{all[i].port}, std::int64_t{all[i].last()})
        .run();
  }
}

}  // namespace

void end_forwards(Store& store, std::string_view uuid) {
  store.database.query("DELETE FROM forwards WHERE uuid = ?", uuid).run();
}

void lease_forwards(Store& store, const ContainerRecord& record) {
  end_forwards(store, record.uuid);
  const Json& spec = record.spec.json();
  lease_all(store, record.uuid, forwards_in(spec.value("net", Json::object())), record.addresses,
            "net.forward");
  const Json nics = spec.value("nic", Json::object());
  for (const auto& [name, net] : nics.items()) {
    const auto own = record.nic_addresses.find(name);
    lease_all(store, record.uuid, forwards_in(net),
              own == record.nic_addresses.end() ? std::vector<std::string>{} : own->second,
              renamed("net.forward", name));
  }
}

}  // namespace croft::ctl
