#include "fs/network_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "runtime/error.h"

namespace croft::fs {
namespace {

NetworkIntent both() {
  return {.interface = "eth0",
          .addresses = {"10.0.0.2", "10.0.0.3", "fd00::2"},
          .gateway4 = "169.254.1.1",
          .gateway6 = "fe80::1",
          .nameservers = {"192.0.2.53", "2001:db8::53"}};
}

std::string after_head(const std::string& text) {
  EXPECT_EQ(text[0], '#');
  return text.substr(text.find('\n') + 1);
}

TEST(NetworkFiles, NetworkdHasEachAddressAloneAndBothWaysOut) {
  EXPECT_EQ(
      after_head(networkd_file(both())),
      "[Match]\nName=eth0\n\n[Network]\nDHCP=no\nIPv6AcceptRA=no\nKeepConfiguration=yes\n"
      "Address=10.0.0.2/32\nAddress=10.0.0.3/32\nAddress=fd00::2/128\nDNS=192.0.2.53\nDNS=2001:db8::53\n"
      "\n[Route]\nDestination=169.254.1.1/"
      "32\nScope=link\n\n[Route]\nGateway=169.254.1.1\n\n[Route]\nGateway=fe80::1\n");
}

TEST(NetworkFiles, IfupdownRepeatsWhatMayBeThere) {
  EXPECT_EQ(after_head(interfaces_file(both())),
            "auto eth0\niface eth0 inet manual\n    up ip link set eth0 up\n"
            "    up ip address replace 10.0.0.2/32 dev eth0\n    up ip address replace 10.0.0.3/32 dev eth0\n"
            "    up ip address replace fd00::2/128 dev eth0\n    up ip route replace 169.254.1.1 dev eth0\n"
            "    up ip route replace default via 169.254.1.1 dev eth0\n"
            "    up ip -6 route replace default via fe80::1 dev eth0\n"
            "    dns-nameservers 192.0.2.53 2001:db8::53\n");
}

TEST(NetworkFiles, NetworkManagerHasTheFamiliesApart) {
  EXPECT_EQ(after_head(connection_file(both())),
            "[connection]\nid=eth0\ntype=ethernet\ninterface-name=eth0\n"
            "\n[ipv4]\nmethod=manual\naddress1=10.0.0.2/32\naddress2=10.0.0.3/32\n"
            "gateway=169.254.1.1\nroute-metric=0\ndns=192.0.2.53;\n"
            "\n[ipv6]\nmethod=manual\naddress1=fd00::2/128\ngateway=fe80::1\nroute-metric=0\n"
            "dns=2001:db8::53;\n");
}

TEST(NetworkFiles, AFamilyWithoutAddressesHasNoWayOut) {
  NetworkIntent intent = both();
  intent.addresses = {"fd00::2"};
  EXPECT_EQ(networkd_file(intent).find("169.254"), std::string::npos);
  EXPECT_EQ(interfaces_file(intent).find("169.254"), std::string::npos);
  EXPECT_NE(connection_file(intent).find("[ipv4]\nmethod=disabled\n"), std::string::npos);
  intent.addresses = {"10.0.0.2"};
  EXPECT_EQ(networkd_file(intent).find("fe80"), std::string::npos);
  EXPECT_EQ(interfaces_file(intent).find("fe80"), std::string::npos);
  EXPECT_NE(connection_file(intent).find("[ipv6]\nmethod=link-local\n"), std::string::npos);
}

TEST(NetworkFiles, WithoutAddressesIfupdownHasNothingToBringUp) {
  EXPECT_EQ(after_head(interfaces_file({.interface = "eth0"})), "");
}

NetworkIntent on_lan() {
  return {.interface = "eth0",
          .addresses = {"192.0.2.8/24", "2001:db8::8/64"},
          .gateway4 = "192.0.2.1",
          .on_lan = true};
}

TEST(NetworkFiles, OnANetworkOfOthersItsPrefixLeadsToTheRouter) {
  EXPECT_EQ(after_head(networkd_file(on_lan())),
            "[Match]\nName=eth0\n\n[Network]\nDHCP=no\nIPv6AcceptRA=no\nKeepConfiguration=yes\n"
            "Address=192.0.2.8/24\nAddress=2001:db8::8/64\n\n[Route]\nGateway=192.0.2.1\n");
  EXPECT_EQ(after_head(interfaces_file(on_lan())),
            "auto eth0\niface eth0 inet manual\n    up ip link set eth0 up\n"
            "    up ip address replace 192.0.2.8/24 dev eth0\n"
            "    up ip address replace 2001:db8::8/64 dev eth0\n"
            "    up ip route replace default via 192.0.2.1 dev eth0\n");
  EXPECT_EQ(after_head(connection_file(on_lan())),
            "[connection]\nid=eth0\ntype=ethernet\ninterface-name=eth0\n"
            "\n[ipv4]\nmethod=manual\naddress1=192.0.2.8/24\ngateway=192.0.2.1\nroute-metric=0\n"
            "\n[ipv6]\nmethod=manual\naddr-gen-mode=0\naddress1=2001:db8::8/64\n");
}

TEST(NetworkFiles, WithoutAddressesThereItAsksForThem) {
  const NetworkIntent asks{.interface = "eth0", .on_lan = true};
  EXPECT_EQ(after_head(networkd_file(asks)), "[Match]\nName=eth0\n\n[Network]\nDHCP=yes\n");
  EXPECT_EQ(after_head(interfaces_file(asks)), "auto eth0\niface eth0 inet dhcp\n");
  EXPECT_EQ(after_head(connection_file(asks)),
            "[connection]\nid=eth0\ntype=ethernet\ninterface-name=eth0\n"
            "\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n");
}

class Layers : public testing::Test {
 protected:
  Layers() {
    std::string name = testing::TempDir() + "croft-test-layersXXXXXX";
    if (mkdtemp(name.data()) == nullptr) runtime::fail_errno("mkdtemp");
    folder_ = name;
    for (const char* layer : {"upper", "lower"}) std::filesystem::create_directory(folder_ / layer);
  }
  ~Layers() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& path) {
    std::filesystem::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << "x";
  }
  [[nodiscard]] NetworkManagers found() const {
    return find_network_managers({folder_ / "upper", folder_ / "lower"});
  }

  std::filesystem::path folder_;
};

TEST_F(Layers, EmptyOnesHaveNone) {
  EXPECT_FALSE(found().any());
}

TEST_F(Layers, AnyLayerMayHaveAManager) {
  put("lower/usr/lib/systemd/systemd-networkd");
  put("upper/usr/sbin/NetworkManager");
  const NetworkManagers managers = found();
  EXPECT_TRUE(managers.networkd && managers.network_manager);
  EXPECT_FALSE(managers.ifupdown || managers.interfaces_folder);
}

TEST_F(Layers, LinksStayInsideTheLayer) {
  put("lower/usr/bin/busybox");
  std::filesystem::create_directories(folder_ / "lower/sbin");
  std::filesystem::create_symlink("/usr/bin/busybox", folder_ / "lower/sbin/ifup");
  std::filesystem::create_directories(folder_ / "lower/etc/network/interfaces.d");
  const NetworkManagers managers = found();
  EXPECT_TRUE(managers.ifupdown && managers.interfaces_folder);
}

TEST_F(Layers, ROOT_AWhiteoutHidesWhatIsBelow) {
  put("lower/usr/sbin/NetworkManager");
  std::filesystem::create_directories(folder_ / "upper/usr/sbin");
  if (mknod((folder_ / "upper/usr/sbin/NetworkManager").c_str(), S_IFCHR, 0) != 0)
    GTEST_SKIP() << "needs ROOT: cannot make a device node";
  EXPECT_FALSE(found().any());
}

}  // namespace
}  // namespace croft::fs
