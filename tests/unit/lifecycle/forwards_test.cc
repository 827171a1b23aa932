// Ports of the host that lead to containers, in the registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "ctl/spec/spec.h"
#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using runtime::ErrorKind;

struct Forwards : RegistryTest {
  Forwards() { registry->embed_pool({"10.0.0.0/16"}); }

  static Json spec_with(const Json& forwards) {
    Json spec = to_json(parse_spec({{"template", "bb"}}));
    if (!forwards.empty()) spec["net"]["forward"] = forwards;
    return spec;
  }
  ContainerRecord make(const std::string& name, const Json& forwards) const {
    NewContainer wanted = container(name);
    wanted.pool = "default";
    wanted.spec = spec_with(forwards);
    return registry->create_container(wanted, draft("container.created"));
  }
  ContainerRecord set(const std::string& name, const Json& forwards) const {
    return registry->update_spec(registry->get(name).uuid, {}, spec_with(forwards),
                                 draft("container.changed"));
  }
};

TEST_F(Forwards, HaveOneContainer) {
  make("a", {"8080:80/tcp", "192.0.2.1:9000-9010:9000-9010/tcp"});
  const auto taken = error_of([&] { make("b", {"8080:81/tcp"}); });
  EXPECT_EQ(taken.kind(), ErrorKind::kExists);
  EXPECT_STREQ(taken.what(), "cannot forward 8080:81/tcp: the port of the host leads to `default/a`");
  EXPECT_EQ(registry->find("b"), std::nullopt);
  EXPECT_EQ(error_of([&] { make("b", {"9010:80/tcp"}); }).kind(), ErrorKind::kExists);
  EXPECT_EQ(error_of([&] { make("b", {"192.0.2.9:8080:80/tcp"}); }).kind(), ErrorKind::kExists);
  make("b", {"8080:80/udp", "192.0.2.2:9000:80/tcp", "9011:80/tcp"});
}

TEST_F(Forwards, FollowTheSpecification) {
  make("a", {"8080:80/tcp"});
  make("b", {});
  EXPECT_EQ(error_of([&] { set("b", {"8080:80/tcp"}); }).kind(), ErrorKind::kExists);
  EXPECT_FALSE(registry->get("b").spec.json()["net"].contains("forward"));
  set("a", {"8081:80/tcp"});
  set("b", {"8080:80/tcp"});
  reopen();
  EXPECT_EQ(error_of([&] { set("b", {"8081:80/tcp"}); }).kind(), ErrorKind::kExists);
  set("a", {"8081:90/tcp"});
  registry->begin_destroy(registry->get("a").uuid, draft("x"));
  EXPECT_EQ(error_of([&] { set("b", {"8081:80/tcp"}); }).kind(), ErrorKind::kExists);
  registry->finish_destroy(registry->get("a").uuid, draft("x"));
  set("b", {"8081:80/tcp"});
}

TEST_F(Forwards, NeedAnAddressOfTheirFamily) {
  const auto wrong = error_of([&] { make("a", {"8080:80/tcp", "[2001:db8::1]:8081:80/tcp"}); });
  EXPECT_EQ(wrong.kind(), ErrorKind::kInvalid);
  EXPECT_THAT(wrong.what(), testing::HasSubstr("net.forward[1]"));
  EXPECT_THAT(wrong.what(), testing::HasSubstr("of an IPv6 address, and the interface has none"));
}

TEST_F(Forwards, OfManyAtOnceOneWins) {
  std::vector<std::thread> crowd;
  std::atomic<int> won = 0;
  for (int i = 0; i < 8; ++i)
    crowd.emplace_back([&, i] {
      try {
        make("c" + std::to_string(i), {"8080:80/tcp"});
        ++won;
      } catch (const runtime::Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kExists);
      }
    });
  for (std::thread& one : crowd) one.join();
  EXPECT_EQ(won, 1);
}

}  // namespace
}  // namespace croft::ctl
