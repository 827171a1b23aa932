// Packets counted by class and direction: the program itself on packets made by hand, and real links.
#include "netns/traffic.h"

#include <gmock/gmock.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netinet/udp.h>
#include <sys/mount.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>

#include "netns/messages.h"
#include "tests/live/netns/namespaces.h"
#include "tests/live/netns/packets.h"

namespace croft::netns {
namespace {

using runtime::Fd;
namespace bpf = runtime::bpf;

constexpr const char* kUuid = "00000001-c0de-4000-8000-000000000000";
constexpr const char* kOtherUuid = "00000002-c0de-4000-8000-000000000000";
constexpr const char* kOwn4 = "10.207.0.1";
constexpr const char* kOwn6 = "fd63:726f:6674::1";

ClassPrefix class_of(std::uint8_t number, const char* prefix) {
  return {number, parse_prefix(prefix)};
}

// "class packets/bytes in, packets/bytes out" of all classes that have counted.
std::string text_of(const Traffic& traffic) {
  std::string text;
  for (unsigned i = 0; i < kClasses; ++i) {
    const ClassTraffic& one = traffic[i];
    if (one.in.packets + one.out.packets == 0) continue;
    text += (text.empty() ? "" : "; ") + std::to_string(i) + ": " + std::to_string(one.in.packets) + "/" +
            std::to_string(one.in.bytes) + " in, " + std::to_string(one.out.packets) + "/" +
            std::to_string(one.out.bytes) + " out";
  }
  return text;
}

// Mounts, links and addresses are the test's own.
struct ROOT_Traffic : testing::Test {
  void SetUp() override {
    if (getuid() != 0) GTEST_SKIP() << "needs ROOT: makes net namespaces";
    ASSERT_EQ(unshare(CLONE_NEWNET | CLONE_NEWNS), 0);
    ASSERT_EQ(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    directory = testing::TempDir() + "croft-test-traffic-" + std::to_string(getpid());
    NetlinkSocket().request(make_list(link_up(1, "lo")));
  }
  void TearDown() override {
    umount2(directory.c_str(), MNT_DETACH);
    rmdir(directory.c_str());
  }
  template <class... M>
  static std::vector<Message> make_list(M... messages) {
    std::vector<Message> list;
    (list.push_back(std::move(messages)), ...);
    return list;
  }
  static Traffic only(const std::vector<LinkTraffic>& all) {
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? Traffic{} : all.front().traffic;
  }

  std::string directory;
};

// --- the program on packets made by hand

struct ROOT_TrafficProgram : ROOT_Traffic {
  // Runs the program as the kernel does for a packet of link 1.
  void run(Direction direction, const std::string& frame, std::uint32_t size = 0,
           std::uint32_t segments = 0) {
    const TrafficMaps all{pinned("links"), pinned("prefix4"), pinned("prefix6")};
    const Fd program =
        bpf::load_program(BPF_PROG_TYPE_SCHED_CLS, 0, "croft_test", assemble_traffic(all, direction));
    __sk_buff context{};
    context.ifindex = 1;
    context.gso_size = size;
    context.gso_segs = segments;
    std::string packet = frame;
    packet.resize(std::max<std::size_t>(packet.size(), 64), '\0');
    bpf_attr attributes{};
    attributes.test.prog_fd = static_cast<std::uint32_t>(program.get());
    attributes.test.data_in = reinterpret_cast<std::uintptr_t>(packet.data());
    attributes.test.data_size_in = static_cast<std::uint32_t>(packet.size());
    attributes.test.ctx_in = reinterpret_cast<std::uintptr_t>(&context);
    attributes.test.ctx_size_in = sizeof context;
    ASSERT_EQ(bpf::call_kernel(BPF_PROG_TEST_RUN, attributes), 0) << strerror(errno);
    EXPECT_EQ(static_cast<std::int32_t>(attributes.test.retval), -1) << "other filters are to follow";
  }
  [[nodiscard]] Fd pinned(const std::string& name) const {
    return bpf::open_pinned(directory + "/" + name + "-1");
  }
  static std::string frame(const std::string& rest) {
    return ethernet(inside_mac(kUuid), host_mac(kUuid), rest);
  }
  // `payload` bytes behind headers of TCP with `words` of options.
  static std::string tcp4(const char* from, const char* to, std::size_t payload, unsigned words = 0) {
    std::string tcp(20 + 4 * words, '\0');
    tcp[12] = static_cast<char>((5 + words) << 4);
    return packet4(from, to, 6, tcp + std::string(payload, 'x'));
  }
  static std::string packet4(const char* from, const char* to, char protocol, const std::string& rest,
                             unsigned words = 0) {
    return number16(ETH_P_IP) + static_cast<char>(0x45 + words) + '\0' +
           number16(static_cast<std::uint16_t>(20 + 4 * words + rest.size())) + std::string(4, '\0') +
           '\x40' + protocol + std::string(2, '\0') + bytes_of(parse_address(from)) +
           bytes_of(parse_address(to)) + std::string(std::size_t{4} * words, '\1') + rest;
  }
  static std::string packet6(const char* from, const char* to, char protocol, const std::string& rest) {
    return number16(ETH_P_IPV6) + std::string("\x60\0\0\0", 4) +
           number16(static_cast<std::uint16_t>(rest.size())) + protocol + '\x40' +
           bytes_of(parse_address(from)) + bytes_of(parse_address(to)) + rest;
  }
};

TEST_F(ROOT_TrafficProgram, TheLongestPrefixOfTheOtherEndDecides) {
  TrafficMeter meter(directory);
  meter.classify({class_of(1, "203.0.113.0/24"), class_of(2, "203.0.113.8/32"), class_of(15, "0.0.0.0/0"),
                  class_of(3, "2001:db8::/32"), class_of(0, "2001:db8:7::/48")});
  meter.begin(1, kUuid);
  run(Direction::kOut, frame(tcp4(kOwn4, "203.0.113.7", 100)));
  EXPECT_EQ(text_of(only(meter.read())), "1: 0/0 in, 1/154 out");
  run(Direction::kIn, frame(tcp4("203.0.113.8", kOwn4, 200)));
  run(Direction::kIn, frame(tcp4("192.0.2.1", "203.0.113.8", 100)));
  run(Direction::kOut, frame(packet6(kOwn6, "2001:db8::7", 58, std::string(66, 'x'))));
  run(Direction::kOut, frame(packet6(kOwn6, "2001:db8:7::7", 58, std::string(66, 'x'))));
  run(Direction::kIn, frame(packet6("2001:db9::7", kOwn6, 58, std::string(66, 'x'))));
  EXPECT_EQ(text_of(only(meter.read())),
            "0: 1/120 in, 1/120 out; 1: 0/0 in, 1/154 out; 2: 1/254 in, 0/0 out; "
            "3: 0/0 in, 1/120 out; 15: 1/154 in, 0/0 out");
}

TEST_F(ROOT_TrafficProgram, WhatIsNotIpIsOfClassZero) {
  TrafficMeter meter(directory);
  meter.classify({class_of(15, "0.0.0.0/0"), class_of(14, "::/0")});
  meter.begin(1, kUuid);
  run(Direction::kOut, frame(arp_reply(inside_mac(kUuid), parse_address(kOwn4), gateway_v4())));
  run(Direction::kOut, frame(number16(0x88cc) + std::string(100, '\xff')));
  EXPECT_EQ(text_of(only(meter.read())), "0: 0/0 in, 2/178 out");
}

TEST_F(ROOT_TrafficProgram, SegmentsCountWithTheirHeaders) {
  TrafficMeter meter(directory);
  meter.begin(1, kUuid);
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  const auto expect = [&](std::uint64_t more_packets, std::uint64_t more_bytes, const char* what) {
    packets += more_packets;
    bytes += more_bytes;
    EXPECT_EQ(text_of(only(meter.read())),
              "0: 0/0 in, " + std::to_string(packets) + "/" + std::to_string(bytes) + " out")
        << what;
  };
  run(Direction::kOut, frame(tcp4(kOwn4, "192.0.2.1", 2500)), 1000, 3);
  expect(3, 2500 + 3 * 54, "TCP");
  run(Direction::kOut, frame(tcp4(kOwn4, "192.0.2.1", 2500, 3)), 1000, 3);
  expect(3, 2500 + 3 * 66, "TCP with options");
  run(Direction::kOut, frame(tcp4(kOwn4, "192.0.2.1", 2500)), 1000, 0);
  expect(3, 2500 + 3 * 54, "a number of segments that was left out");
  run(Direction::kOut, frame(tcp4(kOwn4, "192.0.2.1", 2000)), 1000, 0);
  expect(2, 2000 + 2 * 54, "and the last one is full");
  run(Direction::kOut, frame(packet4(kOwn4, "192.0.2.1", 17, std::string(8 + 900, 'u'), 2)), 300, 3);
  expect(3, 900 + 3 * (14 + 28 + 8), "UDP behind IPv4 options");
  run(Direction::kOut, frame(packet6(kOwn6, "2001:db8::7", 17, std::string(8 + 901, 'u'))), 300, 4);
  expect(4, 901 + 4 * (14 + 40 + 8), "UDP over IPv6");
  std::string tcp(20, '\0');
  tcp[12] = '\x50';
  run(Direction::kOut,
      frame(packet6(kOwn6, "2001:db8::7", 0,
                    std::string("\6\0\xc2\4\0\0\0\0", 8) + tcp + std::string(2000, 'x'))),
      1000, 2);
  expect(2, 2000 + 2 * (14 + 40 + 8 + 20), "TCP behind an option of IPv6");
  run(Direction::kOut, frame(packet4(kOwn4, "192.0.2.1", 6, std::string(40, '\xff'))), 1000, 0);
  expect(1, 74, "headers that are longer than the packet");
}

TEST_F(ROOT_TrafficProgram, ALinkThatWasNotBegunCountsNothing) {
  TrafficMeter meter(directory);
  run(Direction::kOut, frame(tcp4(kOwn4, "192.0.2.1", 100)));
  EXPECT_TRUE(meter.read().empty());
}

// --- links

// The host has its own addresses on lo, as if the world were there.
struct Linked {
  runtime::FdSlot netns = test::new_netns();
  int index = 0;
  explicit Linked(TrafficMeter& meter, const std::string& uuid = kUuid, const char* own = kOwn4) {
    InterfaceIntent intent;
    intent.uuid = uuid;
    intent.addresses = {parse_address(own)};
    MakeVeth{intent, netns, "/proc",
             [&](int made) {
               index = made;
               meter.begin(made, uuid);
             }}
        .apply();
    test::in_netns(netns.get(), [&] {
      std::vector<Message> batch;
      batch.push_back(link_up(1, "lo"));
      batch.push_back(link_up(kInsideIndex, "eth0"));
      batch.push_back(new_address(kInsideIndex, "eth0", parse_address(own), 32));
      batch.push_back(new_route(kInsideIndex, "eth0", whole(gateway_v4()), std::nullopt));
      batch.push_back(new_route(kInsideIndex, "eth0", parse_prefix("0.0.0.0/0"), gateway_v4()));
      NetlinkSocket().request(batch);
    });
  }
};

constexpr const char* kWorld[] = {"198.51.100.1", "198.51.100.2", "203.0.113.1"};

struct ROOT_TrafficLinks : ROOT_Traffic {
  void SetUp() override {
    ROOT_Traffic::SetUp();
    if (IsSkipped()) return;
    std::vector<Message> batch;
    for (const char* address : kWorld) batch.push_back(new_address(1, "lo", parse_address(address), 32));
    NetlinkSocket().request(batch);
    // Without somebody who listens, the answers would be counted too.
    for (const char* address : kWorld) sinks.push_back(datagram_socket(socket_address(address, 4000)));
  }
  std::vector<Fd> sinks;
};

// `count` datagrams of 100 bytes, cut from larger ones when `at_once` is above 1. Each batch is to arrive at
// `sink` before the next one leaves: more than fit a CPU's backlog would be lost before they are on the link.
void send_many(const char* from, const char* to, const Fd& sink, unsigned count, unsigned at_once = 1) {
  constexpr unsigned kBatch = 40;
  const Fd socket = datagram_socket(socket_address(from, 0));
  const int size = 100;
  if (at_once > 1) {
    ASSERT_EQ(setsockopt(socket.get(), SOL_UDP, UDP_SEGMENT, &size, sizeof size), 0);
  }
  const std::string data(std::size_t{100} * at_once, 'x');
  const SocketAddress target = socket_address(to, 4000);
  std::string room(data.size(), '\0');
  unsigned received = 0;
  for (unsigned sent = at_once; sent <= count; sent += at_once) {
    ASSERT_EQ(sendto(socket.get(), data.data(), data.size(), 0, target.get(), target.size),
              static_cast<ssize_t>(data.size()));
    if (sent - received + at_once <= kBatch && sent < count) continue;
    for (; received < sent; ++received) {
      ASSERT_TRUE(eventually([&] { return has_datagram(sink); })) << received << " of " << sent;
      ASSERT_EQ(recv(sink.get(), room.data(), room.size(), 0), 100);
    }
  }
}

constexpr std::uint64_t kFrame = 14 + 20 + 8 + 100;

const std::vector<ClassPrefix>& world_classes() {
  static const std::vector<ClassPrefix> classes{
      class_of(1, "198.51.100.0/24"), class_of(2, "198.51.100.2/32"), class_of(3, "203.0.113.0/24")};
  return classes;
}

std::string counted(const TrafficMeter& meter, const std::string& uuid, unsigned number) {
  for (const LinkTraffic& one : meter.read())
    if (one.uuid == uuid) {
      const ClassTraffic& traffic = one.traffic[number];
      EXPECT_EQ(traffic.in.bytes, traffic.in.packets * kFrame);
      EXPECT_EQ(traffic.out.bytes, traffic.out.packets * kFrame);
      return std::to_string(traffic.in.packets) + " in, " + std::to_string(traffic.out.packets) + " out";
    }
  return "nothing";
}

TEST_F(ROOT_TrafficLinks, EveryPacketIsInOneClassExactly) {
  TrafficMeter meter(directory);
  meter.classify(world_classes());
  const Linked one(meter);
  const Linked other(meter, kOtherUuid, "10.207.0.2");
  Fd sink;
  test::in_netns(one.netns.get(), [&] {
    sink = datagram_socket(socket_address(kOwn4, 4000));
    send_many(kOwn4, kWorld[0], sinks[0], 1000);
    send_many(kOwn4, kWorld[1], sinks[1], 300, 30);
    send_many(kOwn4, kWorld[2], sinks[2], 7);
  });
  send_many(kWorld[1], kOwn4, sink, 40);
  send_many(kWorld[2], kOwn4, sink, 2000, 40);
  EXPECT_EQ(counted(meter, kUuid, 3), "2000 in, 7 out");
  EXPECT_EQ(counted(meter, kUuid, 1), "0 in, 1000 out");
  EXPECT_EQ(counted(meter, kUuid, 2), "40 in, 300 out");
  for (const unsigned number : {1U, 2U, 3U}) EXPECT_EQ(counted(meter, kOtherUuid, number), "0 in, 0 out");
}

TEST_F(ROOT_TrafficLinks, NothingIsLostWhileClassesAndProgramsChange) {
  auto meter = std::make_unique<TrafficMeter>(directory);
  meter->classify(world_classes());
  const Linked one(*meter);
  constexpr unsigned kSent = 60000;
  std::atomic<bool> done = false;
  std::thread traffic([&] {
    test::in_netns(one.netns.get(), [&] { send_many(kOwn4, kWorld[1], sinks[1], kSent); });
    done = true;
  });
  for (int round = 0; !done; ++round) {
    if (round % 2 == 0) meter = std::make_unique<TrafficMeter>(directory);
    meter->classify(round % 3 == 0
                        ? world_classes()
                        : std::vector{class_of(static_cast<std::uint8_t>(4 + round % 3), "198.51.0.0/16")});
  }
  traffic.join();
  std::uint64_t sum = 0;
  for (const unsigned number : {1U, 2U, 4U, 5U, 6U}) {
    const Count out = only(meter->read())[number].out;
    EXPECT_EQ(out.bytes, out.packets * kFrame);
    sum += out.packets;
  }
  EXPECT_EQ(sum, kSent);
}

TEST_F(ROOT_TrafficLinks, CountsOutliveMeterAndLink) {
  std::uint64_t run = 0;
  int index = 0;
  {
    TrafficMeter meter(directory);
    meter.classify(world_classes());
    const Linked one(meter);
    index = one.index;
    test::in_netns(one.netns.get(), [&] { send_many(kOwn4, kWorld[0], sinks[0], 50); });
    run = meter.read().front().run;
    delete_host_links({host_link_name(kUuid)});
  }
  TrafficMeter meter(directory);
  meter.classify(world_classes());
  EXPECT_EQ(counted(meter, kUuid, 1), "0 in, 50 out");
  const Linked again(meter);
  EXPECT_EQ(again.index, index);
  test::in_netns(again.netns.get(), [&] { send_many(kOwn4, kWorld[0], sinks[0], 5); });
  EXPECT_EQ(counted(meter, kUuid, 1), "0 in, 55 out");
  EXPECT_EQ(meter.read().front().run, run);
  EXPECT_THROW(meter.begin(index, kOtherUuid), runtime::Error);
  meter.forget(static_cast<std::uint32_t>(index));
  EXPECT_TRUE(meter.read().empty());
  meter.begin(index, kOtherUuid);
  EXPECT_NE(meter.read().front().run, run);
  EXPECT_EQ(counted(meter, kOtherUuid, 1), "0 in, 0 out");
}

TEST_F(ROOT_TrafficLinks, WhatSomebodyTakesOffIsPutBack) {
  TrafficMeter meter(directory);
  meter.classify(world_classes());
  const Linked one(meter);
  const Linked other(meter, kOtherUuid, "10.207.0.2");
  EXPECT_TRUE(meter.mend().empty());
  Message request(RTM_DELQDISC, 0, "clsact");
  tcmsg header{};
  header.tcm_ifindex = one.index;
  header.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  header.tcm_parent = TC_H_CLSACT;
  request.header(header);
  NetlinkSocket().request(make_list(std::move(request)));
  EXPECT_EQ(meter.mend(), std::vector<std::string>{kUuid});
  EXPECT_TRUE(meter.mend().empty());
  test::in_netns(one.netns.get(), [&] { send_many(kOwn4, kWorld[0], sinks[0], 9); });
  EXPECT_EQ(counted(meter, kUuid, 1), "0 in, 9 out");
  delete_host_links({host_link_name(kUuid)});
  EXPECT_TRUE(meter.mend().empty());
}

TEST_F(ROOT_TrafficLinks, WithoutLinksTheNextOneIsCountedToo) {
  TrafficMeter meter(directory);
  meter.classify(world_classes());
  { const Linked gone(meter); }
  delete_host_links({host_link_name(kUuid)});
  const Linked one(meter, kOtherUuid, "10.207.0.2");
  test::in_netns(one.netns.get(), [&] { send_many("10.207.0.2", kWorld[2], sinks[2], 3); });
  EXPECT_EQ(counted(meter, kOtherUuid, 3), "0 in, 3 out");
}

TEST_F(ROOT_Traffic, AThousandLinksAreReadAtOnce) {
  TrafficMeter meter(directory);
  meter.classify({class_of(1, "10.0.0.0/8"), class_of(2, "172.16.0.0/12"), class_of(3, "::/0")});
  for (int i = 0; i < 1000; ++i) {
    try {
      meter.begin(1'000'000 + i, kUuid);
    } catch (const runtime::Error&) {  // there are no such links: only their counts are wanted
    }
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(meter.read().size(), 1000U);
  const auto time = std::chrono::steady_clock::now() - begin;
  std::printf("1000 links of 4 classes: %ld us\n",
              static_cast<long>(std::chrono::duration_cast<std::chrono::microseconds>(time).count()));
}

}  // namespace
}  // namespace croft::netns
