// The host's packet filter for containers: one table of the inet family, and one of the arp family, the only
// one that sees ARP. Both are named croft and loaded by the program nft in one transaction.
//
// Every link of a container is in a link group of its own (kLinkGroup), so that the rules cost other packets
// one comparison of a number, and a link without elements lets nothing through. What is allowed are hash sets
// of all containers, keyed by link: a packet costs the same among one container and among thousands, which
// chains or hooks for each container would not, and a container is a few elements, which cost tens of
// microseconds.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "netns/guard.h"
#include "netns/host_access.h"
#include "netns/netlink.h"
#include "runtime/fd.h"

namespace croft::netns {

// All that the tables hold.
struct Filter {
  std::vector<Guard> guards;
  std::vector<Prefix> masqueraded;  // what these send to elsewhere leaves with an address of the host
  HostAccess host{};
};
std::vector<Element> elements_of(const Filter& filter);
Element masquerade(const Prefix& prefix);

// The rules that are only there where something needs them. Both make the kernel track every connection of
// the host, which takes a packet between containers a tenth to a fifth longer; filters of single containers
// cost every packet to and from containers a look-up each.
//
// The table of bridges' ports is another such part, which kernels without the bridge family of nftables lack.
struct Parts {
  bool translation = false;
  bool filters = false;
  bool ports = false;
  bool host = false;  // the host's own services are kept from containers
  bool operator==(const Parts&) const = default;
};
Parts operator|(const Parts& a, const Parts& b);
bool covers(const Parts& all, const Parts& some);
inline constexpr Parts kTranslating{.translation = true, .filters = false, .ports = false, .host = false};
Parts needed_by(const Filter& filter);
Parts needed_by(const std::vector<Element>& elements);
// The elements that there are sets for: without a part fewer.
std::vector<Element> with_sets(std::vector<Element> elements, const Parts& parts);

// What nft is given to make the tables anew, whatever was in them. `kept` are counts to go on from. What
// belongs to parts that are left out is left out.
std::string ruleset(const Filter& filter, const std::vector<Dropped>& kept, const Parts& parts = {});

// Has nft do what `text` says, in the calling thread's net namespace. Throws Error: kUnsupported when there
// is no nft, kSystem with nft's words.
void load_ruleset(const std::string& text);

// The tables as the kernel has them, over one socket that is kept: closing one behind a removal waits 13 ms
// for RCU, and everybody who changes nftables with it (nft_rcv_nl_event of Linux 6.18). Not for two threads
// at once.
class Nftables {
 public:
  Nftables() : socket_(NETLINK_NETFILTER) {}  // of the calling thread's net namespace

  // One transaction. Adding what is there is fine, taking away what is not is an Error kNotFound; then
  // nothing is changed, as with every other Error.
  void change(const std::vector<Element>& gone, const std::vector<Element>& come);
  // Those of the elements that are there.
  std::vector<Element> present(const std::vector<Element>& elements);
  // Of all links, since the first load. Throws Error kNotFound when the tables are not there.
  std::vector<Dropped> dropped();
  // The tables' and rules' handles, which no other load gives again; elements are not in it. Empty when a
  // table is missing, but for that of bridges' ports.
  std::string state();
  // Whether there is a table of bridges' ports.
  bool has_ports();

 private:
  NetlinkSocket socket_;
};

// Tells when rules of the tables may have changed.
class RulesetWatch {
 public:
  // `look` is called on a thread of the watch's own, and again after a pause while it returns false. It must
  // not throw.
  explicit RulesetWatch(std::function<bool()> look);
  RulesetWatch(const RulesetWatch&) = delete;
  RulesetWatch& operator=(const RulesetWatch&) = delete;
  ~RulesetWatch();

 private:
  void loop() const;

  std::function<bool()> look_;
  runtime::Fd socket_;
  runtime::Fd stop_;
  std::thread thread_;
};

}  // namespace croft::netns
