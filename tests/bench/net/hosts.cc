#include "tests/bench/net/hosts.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "netns/forwarding.h"
#include "netns/link.h"
#include "netns/messages.h"
#include "tests/bench/floor/link.h"
#include "tests/bench/net/flows.h"

namespace croft::bench {
namespace {

using Clock = std::chrono::steady_clock;

double us_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

std::string uuid_of(unsigned number) {
  std::array<char, 40> text{};
  static_cast<void>(snprintf(text.data(), text.size(), "%08x-be4c-4000-8000-000000000000", number));
  return text.data();
}

netns::Guard guard_of(unsigned number) {
  return {uuid_of(number),
          {netns::parse_address(CroftHost::address(number)),
           netns::parse_address("fd63:726f:6674::" + std::to_string(number + 1))},
          netns::kSharedRealm + 1,
          netns::Isolation::kTenant};
}

// What a container's first process does by its launch list.
void configure_inside(const netns::InterfaceIntent& intent) {
  const std::string& name = intent.inside_name;
  std::vector<netns::Message> batch;
  batch.push_back(netns::link_up(1, "lo"));
  batch.push_back(netns::link_up(netns::kInsideIndex, name));
  for (const netns::Address& address : intent.addresses)
    batch.push_back(netns::new_address(netns::kInsideIndex, name, address, netns::whole(address).length));
  batch.push_back(netns::new_route(netns::kInsideIndex, name, netns::whole(netns::gateway_v4()), {}));
  batch.push_back(
      netns::new_route(netns::kInsideIndex, name, netns::parse_prefix("0.0.0.0/0"), netns::gateway_v4()));
  batch.push_back(
      netns::new_route(netns::kInsideIndex, name, netns::parse_prefix("::/0"), netns::gateway_v6()));
  netns::NetlinkSocket().request(batch);
}

runtime::FdSlot slot_of(const Fd& fd) {
  runtime::FdSlot slot = runtime::make_slot();
  *slot = runtime::Fd(check(fcntl(fd.get(), F_DUPFD_CLOEXEC, 0), "duplicate"));
  return slot;
}

}  // namespace

void CroftHost::enter_host(const Fd& netns) {
  enter_netns(netns);
}

CroftHost::CroftHost(const std::string& pins) : host_(new_netns(kWorld)) {
  enter();
  netns::EnableForwarding{}.apply();
  netns::load_ruleset(netns::ruleset({}, {}));
  filter_ = std::make_unique<netns::Nftables>();
  meter_ = std::make_unique<netns::TrafficMeter>(pins);
  meter_->classify({{1, netns::parse_prefix("198.51.100.0/24")},
                    {2, netns::parse_prefix("10.0.0.0/8")},
                    {3, netns::parse_prefix("2001:db8::/32")}});
}

std::string CroftHost::address(unsigned number) {
  return "10.207." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1);
}

double CroftHost::make(unsigned number, const Fd& inside) {
  const netns::Guard guard = guard_of(number);
  netns::InterfaceIntent intent;
  intent.uuid = guard.uuid;
  intent.addresses = guard.addresses;
  const netns::MakeVeth link{intent, slot_of(inside), "/proc",
                             [&](int index) { meter_->begin(index, guard.uuid); }};
  enter();
  const auto begin = Clock::now();
  filter_->change({}, netns::elements_of(guard));
  link.apply();
  enter_netns(inside);
  configure_inside(intent);
  const double time = us_since(begin);
  enter();
  return time;
}

void CroftHost::remove(unsigned number) {
  enter();
  const netns::Guard guard = guard_of(number);
  netns::delete_host_links({netns::host_link_name(guard.uuid)});
  filter_->change(netns::elements_of(guard), {});
  for (const netns::LinkTraffic& one : meter_->read())
    if (one.uuid == guard.uuid) meter_->forget(one.link);
}

double CroftHost::read_ms(std::size_t containers) const {
  const auto begin = Clock::now();
  const std::size_t found = meter_->read().size();
  const double time = us_since(begin) / 1000;
  if (found != containers) fail("read the counters of " + std::to_string(found) + " containers");
  return time;
}

BareHost::BareHost() : host_(new_netns(kWorld)), inside_(new_netns("")) {
  int ready[2] = {};
  check(pipe2(ready, O_CLOEXEC), "pipe");
  const Fd in(ready[0]);
  Fd out(ready[1]);
  child_ = check(fork(), "fork");
  if (child_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    enter_netns(inside_);
    out = Fd();
    for (;;) pause();
  }
  out = Fd();
  char end = 0;
  check(read(in.get(), &end, 1), "wait for a child");
}

BareHost::~BareHost() {
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

// As the floor numbers them.
std::string BareHost::address() {
  return "10.200.0.1";
}

double BareHost::make() {
  enter_netns(host_);
  const auto begin = Clock::now();
  {
    const Fd netlink = open_netlink();
    make_veth(netlink, child_, 0);
    make_bare_routes(netlink, 0);
  }
  enter_netns(inside_);
  bench::configure_inside(open_netlink(), 0);
  const double time = us_since(begin);
  enter_netns(host_);
  return time;
}

void BareHost::remove() {
  enter_netns(host_);
  remove_veth(open_netlink(), 0);
}

}  // namespace croft::bench
