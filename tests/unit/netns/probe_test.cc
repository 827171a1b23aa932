// Frames that ask for addresses, and those that answer; tests/system/ROOT_net_wire sees them on a wire.
#include "netns/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace croft::netns {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Mac kOwn{2, 0, 0, 0, 0, 1};

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4U];
    text += "0123456789abcdef"[static_cast<unsigned char>(c) & 0xfU];
  }
  return text;
}

TEST(Probe, AsksFromNobodysAddress) {
  EXPECT_EQ(hex(probe_frame(parse_address("192.0.2.7"), kOwn)),
            "ffffffffffff0200000000010806"
            "0001080006040001"
            "02000000000100000000"
            "000000000000c0000207");
}

// The sum over pseudo-header and message, with what it is itself, is all ones.
TEST(Probe, AsksTheGroupOfAnAddressOfIpv6) {
  const std::string frame = probe_frame(parse_address("2001:db8::1:2:7"), kOwn);
  EXPECT_EQ(hex(frame).substr(0, 12), "3333ff020007");
  EXPECT_EQ(hex(frame).substr(28, 16),
            "60000000"
            "00183aff");
  ASSERT_EQ(frame.size(), 14U + 40 + 24);
  EXPECT_EQ(hex(frame.substr(22, 16)), std::string(32, '0'));
  std::uint32_t sum = 24 + 58;
  for (std::size_t i = 22; i < frame.size(); i += 2)
    sum += static_cast<std::uint32_t>(static_cast<unsigned char>(frame[i]) << 8U) |
           static_cast<unsigned char>(frame[i + 1]);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16U);
  EXPECT_EQ(sum, 0xffffU);
}

TEST(Probe, WhoeverSendsFromAnAddressHasIt) {
  const Address asked = parse_address("192.0.2.7");
  std::string frame = probe_frame(parse_address("192.0.2.1"), kOwn);
  EXPECT_THAT(holders_in(frame, {asked}), IsEmpty());
  frame.replace(14 + 14, 4, std::string("\xc0\x00\x02\x07", 4));
  EXPECT_THAT(holders_in(frame, {asked}), ElementsAre(Holder{asked, kOwn}));
  EXPECT_THAT(holders_in(frame, {parse_address("192.0.2.8")}), IsEmpty());
  for (std::size_t size = 0; size < frame.size(); ++size)
    EXPECT_THAT(holders_in(frame.substr(0, size), {asked}), IsEmpty());
}

TEST(Probe, AnAdvertisementNamesItsTarget) {
  const Address asked = parse_address("2001:db8::7");
  std::string frame = probe_frame(asked, kOwn);
  EXPECT_THAT(holders_in(frame, {asked}), IsEmpty()) << "our own question";
  frame[14 + 40] = static_cast<char>(136);
  EXPECT_THAT(holders_in(frame, {asked}), ElementsAre(Holder{asked, kOwn}));
  frame[14 + 7] = 64;  // it came over a router
  EXPECT_THAT(holders_in(frame, {asked}), IsEmpty());
}

}  // namespace
}  // namespace croft::netns
