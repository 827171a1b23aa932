// Forwarded ports as they are written, and the elements they become.
#include "netns/forward.h"

#include <gmock/gmock.h>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string canonical(std::string_view text) {
  return to_text(parse_forward(text));
}

std::string refusal(std::string_view text) {
  try {
    return "none, but " + canonical(text);
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kInvalid);
    return error.what();
  }
}

TEST(Forward, IsWrittenInOneWay) {
  EXPECT_EQ(canonical("8080:80"), "8080:80/tcp");
  EXPECT_EQ(canonical("53:53/udp"), "53:53/udp");
  EXPECT_EQ(canonical("192.0.2.1:8000-8010:9000-9010"), "192.0.2.1:8000-8010:9000-9010/tcp");
  EXPECT_EQ(canonical("[2001:DB8::1]:443:8443"), "[2001:db8::1]:443:8443/tcp");
  EXPECT_EQ(canonical("7-7:8-8"), "7:8/tcp");
  const Forward all = parse_forward("1-65535:1-65535");
  EXPECT_EQ(all.count, 65535);
  EXPECT_EQ(all.last(), 65535);
}

TEST(Forward, SaysWhatIsWrong) {
  EXPECT_THAT(refusal("80"), HasSubstr("from which port to which"));
  EXPECT_THAT(refusal("80:"), HasSubstr("a port is a number from 1 to 65535"));
  for (const char* text : {":80", "0:80", "80:65536", "80:8x", "80-:80", "", "-1:80"})
    EXPECT_THAT(refusal(text), HasSubstr("write [ADDRESS:]PORT")) << text;
  EXPECT_THAT(refusal("80-90:80-91"), HasSubstr("differ in length"));
  EXPECT_THAT(refusal("90-80:90-80"), HasSubstr("begins with the lower one"));
  EXPECT_THAT(refusal("80:80/sctp"), HasSubstr("not tcp or udp"));
  EXPECT_THAT(refusal("2001:db8::1:80:80"), HasSubstr("brackets"));
  EXPECT_THAT(refusal("[192.0.2.1]:80:80"), HasSubstr("brackets"));
  EXPECT_THAT(refusal("192.0.2.300:80:80"), HasSubstr("192.0.2.300"));
  for (const char* text : {"127.0.0.1:80:80", "0.0.0.0:80:80", "[::]:80:80", "[fe80::1]:80:80"})
    EXPECT_THAT(refusal(text), HasSubstr("is no address that others could reach the host by")) << text;
}

TEST(Forward, CollidesWhereAPacketCouldMeanBoth) {
  const auto meet = [](const char* one, const char* other) {
    const bool found = collide(parse_forward(one), parse_forward(other));
    EXPECT_EQ(found, collide(parse_forward(other), parse_forward(one)));
    return found;
  };
  EXPECT_TRUE(meet("8080:80", "8080:81"));
  EXPECT_TRUE(meet("8080:80", "192.0.2.1:8080:81"));
  EXPECT_TRUE(meet("8000-8080:8000-8080", "8080:80"));
  EXPECT_FALSE(meet("8000-8079:8000-8079", "8080:80"));
  EXPECT_FALSE(meet("8080:80", "8080:80/udp"));
  EXPECT_FALSE(meet("192.0.2.2:8080:80", "192.0.2.1:8080:80"));
}

TEST(Forward, BecomesAnElementForEachPortAndFamily) {
  const std::vector<Address> both{parse_address("10.0.0.1"), parse_address("10.0.0.2"),
                                  parse_address("fd00::1")};
  const auto shown = [&](const std::vector<Address>& addresses, std::vector<Forward> forwards) {
    std::vector<std::string> all;
    for (const Element& one : elements_of("cr1", addresses, forwards))
      all.push_back(std::string(one.set) + " " + to_text(one));
    return all;
  };
  EXPECT_THAT(shown(both, {parse_forward("80-81:8080-8081")}),
              ElementsAre("forwards 6 . 80 : 10.0.0.1 . 8080", "forwards 6 . 81 : 10.0.0.1 . 8081",
                          "forwards6 6 . 80 : fd00::1 . 8080", "forwards6 6 . 81 : fd00::1 . 8081",
                          "turns \"cr1\" . \"cr1\""));
  EXPECT_THAT(shown(both, {parse_forward("[2001:db8::1]:53:53/udp")}),
              ElementsAre("forwards6_at 2001:db8::1 . 17 . 53 : fd00::1 . 53", "turns \"cr1\" . \"cr1\""));
  EXPECT_THAT(shown({both[0]}, {parse_forward("[2001:db8::1]:53:53/udp")}), ElementsAre());
  EXPECT_THAT(shown(both, {}), ElementsAre());
}

}  // namespace
}  // namespace croft::netns
