// Real links between net namespaces that the test made: reachability, protection of the host, and undo.
#include "netns/link.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

#include "netns/forwarding.h"
#include "netns/messages.h"
#include "netns/netlink.h"
#include "tests/live/netns/namespaces.h"
#include "tests/live/netns/packets.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

std::string uuid_number(unsigned n) {
  std::array<char, 40> text{};
  static_cast<void>(snprintf(text.data(), text.size(), "%08x-c0de-4000-8000-000000000000", n));
  return text.data();
}

// Walks the network steps of a launch list as the container's first process would.
void walk(const runtime::LaunchList& list) {
  const std::string bytes = list.pack();
  runtime::ListHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const char* texts = bytes.data() + sizeof header + header.steps * sizeof(runtime::Step);
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  for (std::uint32_t i = 0; i < header.steps; ++i) {
    runtime::Step step;
    std::memcpy(&step, bytes.data() + sizeof header + i * sizeof step, sizeof step);
    ASSERT_EQ(step.kind, runtime::StepKind::kNetlink);
    ASSERT_EQ(send(socket.get(), texts + step.text2, step.size, 0), static_cast<ssize_t>(step.size));
    alignas(nlmsghdr) std::array<char, 4096> answer{};
    ASSERT_GT(recv(socket.get(), answer.data(), answer.size(), 0), 0);
    const auto* error = reinterpret_cast<const nlmsgerr*>(answer.data() + NLMSG_HDRLEN);
    ASSERT_EQ(error->error, 0) << to_text(list.describe()[i]) << ": " << strerror(-error->error);
  }
}

struct Container {
  InterfaceIntent intent;
  runtime::FdSlot netns;
  MakeVeth veth;
};

Container make_container(unsigned number, const std::vector<std::string>& addresses) {
  Container made;
  made.intent.uuid = uuid_number(number);
  for (const std::string& text : addresses) made.intent.addresses.push_back(parse_address(text));
  made.netns = test::new_netns();
  made.veth = MakeVeth{made.intent, made.netns};
  return made;
}

void start(Container& container) {
  container.veth.apply();
  runtime::LaunchList list;
  plan_inside(container.intent, list);
  test::in_netns(container.netns.get(), [&] { walk(list); });
}

Fd listen_at(const SocketAddress& where) {
  Fd socket(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (bind(socket.get(), where.get(), where.size) != 0 || listen(socket.get(), 8) != 0)
    runtime::fail_errno("cannot listen");
  return socket;
}

// Connects with a bound of two seconds; gives 0 or the errno.
int connect_to(const SocketAddress& where) {
  const Fd socket(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (connect(socket.get(), where.get(), where.size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd wait{socket.get(), POLLOUT, 0};
  if (poll(&wait, 1, 2000) != 1) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

// A namespace of its own for the test's thread: what the tests call the host.
class Link : public testing::Test {
 protected:
  void SetUp() override {
    if (getuid() != 0) GTEST_SKIP() << "needs ROOT: makes net namespaces";
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    runtime::LaunchList list;
    plan_loopback(list);
    walk(list);
    ASSERT_TRUE(has_ipv6());
  }
  static std::size_t links() {
    std::size_t count = 0;
    const std::string text = runtime::read_file("/proc/thread-self/net/dev");
    for (const char c : text) count += c == ':' ? 1 : 0;
    return count;
  }
  // An address that the host has beside the link's own.
  static void give_host(const std::string& text) {
    std::vector<Message> batch;
    const Address address = parse_address(text);
    batch.push_back(new_address(1, "lo", address, whole(address).length));
    NetlinkSocket().request(batch);
  }
};

TEST_F(Link, NET_BothWaysBothFamiliesWithoutForwarding) {
  Container container = make_container(1, {"10.207.0.2", "fd63:726f:6674::2"});
  start(container);
  for (const char* text : {"10.207.0.2", "fd63:726f:6674::2"}) {
    Fd listener;
    test::in_netns(container.netns.get(), [&] { listener = listen_at(socket_address(text, 80)); });
    EXPECT_EQ(connect_to(socket_address(text, 80)), 0) << text;
  }
  give_host("192.0.2.1");
  give_host("2001:db8::1");
  const Fd v4 = listen_at(socket_address("0.0.0.0", 81));
  const Fd v6 = listen_at(socket_address("::", 82));
  test::in_netns(container.netns.get(), [&] {
    EXPECT_EQ(connect_to(socket_address("169.254.1.1", 81)), 0);
    EXPECT_EQ(connect_to(socket_address("192.0.2.1", 81)), 0);
    EXPECT_EQ(connect_to(socket_address("fe80::1", 82, "eth0")), 0);
    EXPECT_EQ(connect_to(socket_address("2001:db8::1", 82)), 0);
    EXPECT_EQ(connect_to(socket_address("192.0.2.1", 9)), ECONNREFUSED);
  });
  EXPECT_EQ(runtime::read_file("/proc/sys/net/ipv4/ip_forward"), "0\n");
}

TEST_F(Link, NET_FirstPacketIsNotDelayed) {
  Container container = make_container(1, {"10.207.0.2", "fd63:726f:6674::2"});
  start(container);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(connect_to(socket_address("10.207.0.2", 9)), ECONNREFUSED);
  EXPECT_EQ(connect_to(socket_address("fd63:726f:6674::2", 9)), ECONNREFUSED);
  // Duplicate address detection or proxy ARP would add a second.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(700));
}

TEST_F(Link, NET_SeveralContainersAndForwardingBetweenThem) {
  Container one = make_container(1, {"10.207.0.2", "fd63:726f:6674::2"});
  Container two = make_container(2, {"10.207.0.3", "fd63:726f:6674::3"});
  start(one);
  start(two);
  Fd v4;
  Fd v6;
  test::in_netns(two.netns.get(), [&] {
    v4 = listen_at(socket_address("10.207.0.3", 80));
    v6 = listen_at(socket_address("fd63:726f:6674::3", 80));
  });
  EXPECT_EQ(connect_to(socket_address("10.207.0.3", 80)), 0);
  EnableForwarding forwarding;
  forwarding.apply();
  test::in_netns(one.netns.get(), [&] {
    EXPECT_EQ(connect_to(socket_address("10.207.0.3", 80)), 0);
    EXPECT_EQ(connect_to(socket_address("fd63:726f:6674::3", 80)), 0);
  });
  forwarding.undo();
  EXPECT_FALSE(forwarding_state().v4);
  EXPECT_FALSE(forwarding_state().v6);
}

TEST_F(Link, NET_InsideLooksAsPlanned) {
  Container container = make_container(7, {"10.207.0.2"});
  start(container);
  test::in_netns(container.netns.get(), [] {
    EXPECT_EQ(if_nametoindex("eth0"), static_cast<unsigned>(kInsideIndex));
    EXPECT_EQ(if_nametoindex("lo"), 1U);
    EXPECT_EQ(connect_to(socket_address("127.0.0.1", 9)), ECONNREFUSED);
  });
}

TEST_F(Link, NET_HostEndIgnoresWhatTheContainerAnnounces) {
  Container container = make_container(1, {"10.207.0.2", "fd63:726f:6674::2"});
  start(container);
  const std::string name = host_link_name(container.intent.uuid);
  EXPECT_EQ(runtime::read_file("/proc/sys/net/ipv6/conf/" + name + "/accept_ra"), "0\n");
  EXPECT_EQ(runtime::read_file("/proc/sys/net/ipv6/conf/" + name + "/accept_redirects"), "0\n");
  EXPECT_EQ(runtime::read_file("/proc/sys/net/ipv6/conf/" + name + "/addr_gen_mode"), "1\n");
  EXPECT_EQ(runtime::read_file("/proc/sys/net/ipv4/conf/" + name + "/accept_redirects"), "0\n");
  EXPECT_EQ(runtime::read_file("/proc/sys/net/ipv4/conf/" + name + "/send_redirects"), "0\n");
  EXPECT_EQ(runtime::read_file("/proc/sys/net/ipv4/conf/" + name + "/rp_filter"), "1\n");
}

TEST_F(Link, NET_WithoutIPv6AddressTheHostEndSpeaksNone) {
  Container container = make_container(1, {"10.207.0.2"});
  start(container);
  const std::string name = host_link_name(container.intent.uuid);
  EXPECT_EQ(runtime::read_file("/proc/sys/net/ipv6/conf/" + name + "/disable_ipv6"), "1\n");
}

TEST_F(Link, NET_ForeignIPv4SourcesAreDropped) {
  Container container = make_container(1, {"10.207.0.2"});
  start(container);
  give_host("192.0.2.1");
  const SocketAddress host = socket_address("192.0.2.1", 5000);
  const Fd receiver(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(receiver.get(), host.get(), host.size), 0);
  const auto send_from = [&](const char* source) {
    test::in_netns(container.netns.get(), [&] {
      const Address address = parse_address(source);
      std::vector<Message> batch;
      batch.push_back(new_address(1, "lo", address, 32));
      if (std::string(source) != "10.207.0.2") NetlinkSocket().request(batch);
      const SocketAddress from = socket_address(source, 0);
      const Fd sender(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      ASSERT_EQ(bind(sender.get(), from.get(), from.size), 0);
      ASSERT_EQ(sendto(sender.get(), source, std::strlen(source), 0, host.get(), host.size),
                static_cast<ssize_t>(std::strlen(source)));
    });
  };
  send_from("10.99.99.99");
  send_from("10.207.0.2");
  std::array<char, 64> buffer{};
  const ssize_t got = recv(receiver.get(), buffer.data(), buffer.size(), 0);
  EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(got)), "10.207.0.2")
      << "the spoofed one came through";
  EXPECT_EQ(recv(receiver.get(), buffer.data(), buffer.size(), MSG_DONTWAIT), -1);
}

TEST_F(Link, NET_UndoLeavesNothing) {
  const std::size_t before = links();
  Container container = make_container(1, {"10.207.0.2", "fd63:726f:6674::2"});
  container.veth.apply();
  EXPECT_EQ(links(), before + 1);
  container.veth.undo();
  EXPECT_EQ(links(), before);
  container.veth.apply();  // all names and routes are free again
  container.veth.undo();
  container.veth.undo();
}

TEST_F(Link, NET_EndOfTheNamespaceTakesTheHostEnd) {
  const std::size_t before = links();
  Container container = make_container(1, {"10.207.0.2"});
  start(container);
  container.netns->reset();
  for (int i = 0; i < 500 && links() != before; ++i) usleep(10000);
  EXPECT_EQ(links(), before);
}

TEST_F(Link, NET_TakenNameIsAClearError) {
  Container container = make_container(1, {"10.207.0.2"});
  container.veth.apply();
  Container other = make_container(1, {"10.207.0.3"});
  try {
    other.veth.apply();
    ADD_FAILURE() << "made the same link twice";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kExists);
    EXPECT_NE(std::string(error.what()).find(host_link_name(container.intent.uuid)), std::string::npos);
  }
  EXPECT_EQ(list_host_links().size(), 1U);
}

TEST_F(Link, NET_TakenAddressLeavesNoLink) {
  Container container = make_container(1, {"10.207.0.2", "fd00::2"});
  container.veth.apply();
  for (const char* address : {"10.207.0.2", "fd00::2"}) {
    Container other = make_container(2, {address});
    try {
      other.veth.apply();
      ADD_FAILURE() << "routed an address twice";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kExists);
      EXPECT_NE(std::string(error.what()).find(address), std::string::npos) << error.what();
    }
    EXPECT_EQ(list_host_links().size(), 1U);
  }
}

TEST_F(Link, NET_NoNetnsIsAnErrorAndLeavesNothing) {
  Container container = make_container(1, {"10.207.0.2"});
  container.netns->reset();
  EXPECT_THROW(container.veth.apply(), Error);
  *container.netns = runtime::open_file("/dev/null", O_RDONLY);
  EXPECT_THROW(container.veth.apply(), Error);
  EXPECT_TRUE(list_host_links().empty());
}

TEST_F(Link, NET_TakenIndexIsPassedOver) {
  Container container = make_container(1, {"10.207.0.2"});
  container.veth.apply();
  const std::string name = host_link_name(container.intent.uuid);
  const unsigned index = if_nametoindex(name.c_str());
  container.veth.undo();
  std::vector<Message> batch;
  batch.emplace_back(RTM_NEWLINK, NLM_F_CREATE, "another link");
  ifinfomsg other{};
  other.ifi_index = static_cast<int>(index);
  batch.back().header(other).nest(IFLA_LINKINFO,
                                  [](Message& info) { info.put_text(IFLA_INFO_KIND, "veth"); });
  NetlinkSocket().request(batch);
  container.veth.apply();
  EXPECT_EQ(if_nametoindex(name.c_str()), index + 1);
}

TEST_F(Link, NET_AThousandWithoutALeak) {
  const std::size_t before = links();
  for (const unsigned count : {1000U, 20U}) {
    std::vector<Container> all;
    for (unsigned i = 0; i < count; ++i) {
      all.push_back(make_container(i, {to_text(nth(parse_prefix("10.207.0.0/16"), i)),
                                       to_text(nth(parse_prefix("fd63:726f:6674::/64"), i))}));
      all.back().veth.apply();
    }
    std::vector<std::string> names = list_host_links();
    EXPECT_EQ(names.size(), count);
    EXPECT_EQ(names.front(), host_link_name(uuid_number(0)));
    names.emplace_back("crffffffffffff");  // one that is not there
    delete_host_links(names);
    EXPECT_TRUE(list_host_links().empty());
    EXPECT_EQ(links(), before);
  }
}

TEST_F(Link, NET_SweepTouchesOnlyOurOwn) {
  Container ours = make_container(1, {"10.207.0.2"});
  ours.veth.apply();
  NetlinkSocket socket;
  std::vector<Message> batch;
  for (const char* name : {"crab", "cr0123456789ag", "cr00000001c0dx"}) {
    batch.emplace_back(RTM_NEWLINK, NLM_F_CREATE, name);
    batch.back().header(ifinfomsg{}).put_text(IFLA_IFNAME, name).nest(IFLA_LINKINFO, [](Message& info) {
      info.put_text(IFLA_INFO_KIND, "veth");
    });
  }
  // Right name, wrong kind.
  batch.emplace_back(RTM_NEWLINK, NLM_F_CREATE, "bridge");
  batch.back()
      .header(ifinfomsg{})
      .put_text(IFLA_IFNAME, "cr0123456789ab")
      .nest(IFLA_LINKINFO, [](Message& info) { info.put_text(IFLA_INFO_KIND, "bridge"); });
  socket.request(batch);
  EXPECT_EQ(list_host_links(), std::vector<std::string>{host_link_name(ours.intent.uuid)});
  EXPECT_THROW(delete_host_links({"lo"}), Error);
  EXPECT_THROW(delete_host_links({"cr0123456789ag"}), Error);
  delete_host_links(list_host_links());
  delete_host_links({});
  EXPECT_TRUE(list_host_links().empty());
  EXPECT_NE(if_nametoindex("cr0123456789ag"), 0U);
}

}  // namespace
}  // namespace croft::netns
