#include "ctl/spec/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/spec/bounds.h"
#include "ctl/spec/rules.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::FieldError;
using testing::ElementsAre;
using testing::HasSubstr;

Json minimal() {
  return {{"template", "debian-12"}};
}

Json with(const char* patch) {
  Json json = minimal();
  json.merge_patch(parse_json(patch));
  return json;
}

std::vector<FieldError> errors_of(const Json& json) {
  try {
    (void)parse_spec(json);
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kInvalid);
    return error.fields();
  }
  return {};
}

// "path: message" of the only error.
std::string error_of(const char* patch) {
  const auto errors = errors_of(with(patch));
  if (errors.size() != 1) return std::to_string(errors.size()) + " errors";
  return errors[0].path + ": " + errors[0].message;
}

TEST(Spec, DefaultsAreSafe) {
  const Spec spec = parse_spec(minimal());
  EXPECT_EQ(spec.template_name, "debian-12");
  EXPECT_EQ(spec.resources, default_resources());
  EXPECT_EQ(spec.resources[cgroups::Resource::kMemory].limit, std::uint64_t{1} << 30);
  EXPECT_EQ(spec.resources[cgroups::Resource::kTasks].limit, 4096U);
  EXPECT_EQ(spec.init, InitKind::kAuto);
  EXPECT_EQ(spec.net.mode, NetMode::kRouted);
  EXPECT_FALSE(spec.security.no_new_privileges);
  EXPECT_EQ(spec.stop.timeout, Seconds{30});
  EXPECT_TRUE(spec.pty);
}

TEST(Spec, CanonicalJsonOfTheDefaults) {
  EXPECT_EQ(to_json(parse_spec(minimal())), parse_json(R"({
    "template": "debian-12", "init": "auto",
    "cpu": {"guarantee": 0, "limit": "unlimited", "share": 100},
    "memory": {"guarantee": 0, "limit": 1073741824, "share": 100, "oom": "kill-one"},
    "swap": {"limit": "unlimited"}, "memswap": {"limit": "unlimited"},
    "disk": {"limit": "unlimited"}, "inodes": {"limit": "unlimited"},
    "io": {"guarantee": 0, "limit": "unlimited", "share": 100}, "iops": {"guarantee": 0, "limit": "unlimited"},
    "tasks": {"limit": 4096}, "files": {"limit": "unlimited"},
    "sockets": {"tcp": {"limit": "unlimited"}, "other": {"limit": "unlimited"}},
    "plan": {"mode": "follow"},
    "net": {"dns": "host", "mode": "routed", "isolation": "tenant", "mtu": 1500, "queues": 1,
      "firewall": {"in": "allow", "out": "allow"},
      "in": {"guarantee": 0, "limit": "unlimited", "share": 100},
      "out": {"guarantee": 0, "limit": "unlimited", "share": 100}},
    "security": {"no_new_privileges": false},
    "stop": {"timeout": 30}, "onboot": "last-state", "boot": {"order": 100, "delay": 0}, "restart": "never",
    "restart_limit": 10, "protected": false,
    "time_namespace": false, "view": true, "ephemeral": false, "pty": true})"));
}

const char* const kEverything = R"({
    "template": "debian-12", "hostname": "web1.example", "init": "command", "command": ["/bin/sh", "-c", "echo a\nb"],
    "env": {"LANG": "C.UTF-8", "EMPTY": ""}, "workdir": "/srv", "user": "1000",
    "memory": {"guarantee": "512M", "barrier": "1G", "limit": "1.5G", "burst": "1800/1440min", "share": 1,
               "nodes": "1,0", "oom": "freeze"},
    "cpu": {"guarantee": 500, "barrier": 1000, "limit": 1500, "burst": "60s", "affinity": "8,0-2,3", "share": 50,
            "visible": 6},
    "swap": {"limit": "1G"}, "memswap": {"limit": "2G"}, "io": {"barrier": 1048576, "burst": "1G/1h"},
    "iops": {"barrier": "100", "limit": 200, "burst": "5000/10s"}, "files": {"barrier": 7, "limit": "1000"},
    "sockets": {"tcp": {"limit": 0}, "other": {"barrier": 5}}, "hugetlb": {"2M": "1G", "1G": 0},
    "threshold": ["memory:1000M:exec=page-me", "cpu:1.50:throttle", "sockets.tcp:90:signal=15"],
    "tasks": {"limit": "unlimited"}, "plan": {"name": "small", "mode": "pinned"},
    "net": {"mode": "routed", "mtu": 9000, "address": ["10.1.2.3", "FD00::0:5"], "forward": ["80:8080", "53:53/udp"],
            "firewall": {"in": "deny", "rules": ["in  allow tcp 443,80", "out deny to 10.0.0.0/8"]}},
    "security": {"no_new_privileges": true, "capabilities": {"drop": ["net_raw", "CAP_SYS_TIME"]}},
    "sysctl": {"net.ipv4.ip_forward": 1, "kernel.msgmax": "8192"}, "rlimit": {"nofile": "1K:4K", "core": 0},
    "disk": {"limit": "10G"}, "inodes": {"limit": 200000},
    "oom_score": -5, "stop": {"signal": "SIGRTMIN+3", "timeout": "2min"}, "time_namespace": true, "view": false,
    "snapshot": {"schedule": "24h@03:30", "keep": "12m,7d"},
    "onboot": "no", "boot": {"order": 1, "delay": "2min"}, "restart": "always", "restart_limit": 3, "protected": true,
    "timezone": "Europe/Berlin", "locale": "C.UTF-8", "cloud_init": {"user_data": "#cloud-config\n"},
    "features": ["tun", "keyctl"],
    "credential": {"a.b": "c"}, "device": ["net/tun", "/dev/fuse:r"], "external_id": "4711", "note": "a\n\tb",
    "hook": {"pre-stop": "timeout=60s inside  /bin/drain -q"},
    "label": {"example.com/team": "a b"}, "ephemeral": false, "pty": false})";

TEST(Spec, EveryKeyIsReadAndWrittenCanonically) {
  const Spec spec = parse_spec(parse_json(kEverything));
  const Json json = to_json(spec);
  EXPECT_EQ(json, parse_json(R"({
    "template": "debian-12", "hostname": "web1.example", "init": "command", "command": ["/bin/sh", "-c", "echo a\nb"],
    "env": {"LANG": "C.UTF-8", "EMPTY": ""}, "workdir": "/srv", "user": "1000",
    "memory": {"guarantee": 536870912, "barrier": 1073741824, "limit": 1610612736, "burst": "30min/1d", "share": 1,
               "nodes": "0-1", "oom": "freeze"},
    "cpu": {"guarantee": 500, "barrier": 1000, "limit": 1500, "burst": "1min", "affinity": "0-3,8", "share": 50,
            "visible": 6},
    "swap": {"limit": 1073741824}, "memswap": {"limit": 2147483648},
    "disk": {"limit": 10737418240}, "inodes": {"limit": 200000},
    "io": {"guarantee": 0, "barrier": 1048576, "limit": "unlimited", "burst": "1G/1h", "share": 100},
    "iops": {"guarantee": 0, "barrier": 100, "limit": 200, "burst": "5000/10s"}, "files": {"barrier": 7, "limit": 1000},
    "sockets": {"tcp": {"limit": 0}, "other": {"barrier": 5, "limit": "unlimited"}},
    "hugetlb": {"2M": 1073741824, "1G": 0},
    "threshold": ["memory:1000M:exec=page-me", "cpu:1.5:throttle", "sockets.tcp:90:signal=SIGTERM"],
    "tasks": {"limit": "unlimited"}, "plan": {"name": "small", "mode": "pinned"},
    "net": {"dns": "host", "mode": "routed", "isolation": "tenant", "mtu": 9000, "queues": 1,
      "in": {"guarantee": 0, "limit": "unlimited", "share": 100},
      "out": {"guarantee": 0, "limit": "unlimited", "share": 100}, "address": ["10.1.2.3", "fd00::5"],
            "forward": ["80:8080/tcp", "53:53/udp"],
            "firewall": {"in": "deny", "out": "allow", "rules": ["in allow tcp 80,443", "out deny to 10.0.0.0/8"]}},
    "security": {"no_new_privileges": true, "capabilities": {"drop": ["CAP_NET_RAW", "CAP_SYS_TIME"]}},
    "sysctl": {"net.ipv4.ip_forward": "1", "kernel.msgmax": "8192"},
    "rlimit": {"nofile": "1024:4096", "core": "0:0"},
    "oom_score": -5, "stop": {"signal": 37, "timeout": 120}, "time_namespace": true, "view": false,
    "snapshot": {"schedule": "1d@03:30", "keep": "7d,12m"},
    "onboot": "no", "boot": {"order": 1, "delay": 120}, "restart": "always", "restart_limit": 3, "protected": true,
    "timezone": "Europe/Berlin", "locale": "C.UTF-8", "cloud_init": {"user_data": "#cloud-config\n"},
    "features": ["tun", "keyctl"],
    "credential": {"a.b": "c"}, "device": ["/dev/net/tun:rw", "/dev/fuse:r"], "external_id": "4711", "note": "a\n\tb",
    "hook": {"pre-stop": "inside timeout=1min /bin/drain -q"},
    "label": {"example.com/team": "a b"}, "ephemeral": false, "pty": false})"));
  EXPECT_EQ(parse_spec(json), spec);
  EXPECT_EQ(to_json(parse_spec(json)), json);
}

TEST(Spec, AllErrorsAtOnceWithTheirPaths) {
  const auto errors = errors_of(parse_json(R"({
    "template": "No", "memory": {"limit": "12Q"}, "cpu": {"limit": -1}, "tasks": 5, "env": {"1A": "x", "B": 2},
    "command": ["ok", 3], "hostnam": "x", "pty": "yes", "net": {"address": ["10.0.0.1", "10.0.0.1"]}})"));
  std::vector<std::string> paths;
  for (const FieldError& error : errors) paths.push_back(error.path);
  EXPECT_THAT(paths,
              testing::UnorderedElementsAre("template", "memory.limit", "cpu.limit", "tasks", "env.1A",
                                            "env.B", "command[1]", "hostnam", "pty", "net.address[1]"));
}

TEST(Spec, UnknownKeysNameTheNearestKnownOne) {
  EXPECT_EQ(error_of(R"({"hostnam": "x"})"), "hostnam: unknown key; did you mean `hostname`?");
  EXPECT_EQ(error_of(R"({"memory": {"limt": 1}})"), "memory.limt: unknown key; did you mean `memory.limit`?");
  EXPECT_EQ(error_of(R"({"memroy": {"limit": 1}})"), "memroy: unknown key; did you mean `memory.limit`?");
  EXPECT_EQ(error_of(R"({"security": {"capabilities": {"drp": []}}})"),
            "security.capabilities.drp: unknown key; did you mean `security.capabilities.drop`?");
  EXPECT_EQ(error_of(R"({"frobnicate": 1})"), "frobnicate: unknown key");
  EXPECT_EQ(error_of(R"({"memory.limit": 1})"),
            "memory.limit: dotted keys are nested in JSON: write an object for each part");
  EXPECT_EQ(error_of(R"({"env.A": "b"})"),
            "env.A: dotted keys are nested in JSON: write an object for each part");
  EXPECT_EQ(error_of(R"({"a\u001b[2J": 1})"), "a?[2J: unknown key");
}

TEST(Spec, ForwardsDoNotMeet) {
  const auto told = [](const char* net) {
    std::string all;
    const std::string text = std::string(R"({"template": "t", "net": )") + net + "}";
    for (const FieldError& error : errors_of(parse_json(text)))
      all += error.path + " " + error.message + "\n";
    return all;
  };
  EXPECT_EQ(told(R"({"forward": ["80:8080", "70-90:70-90/tcp", "80:80/udp", "99-999:99-999"]})"),
            "net.forward[1] has a port of 80:8080/tcp too\n");
  EXPECT_TRUE(
      told(R"({"forward": ["80:8080", "80"]})").starts_with("net.forward[1] it does not say from which"));
  EXPECT_EQ(told(R"({"forward": ["1000-2023:1000-2023", "1:1"]})"),
            "net.forward is of more than 1024 ports; give it an address of its own\n");
  EXPECT_EQ(told(R"({"mode": "none", "forward": ["1:1"]})"),
            "net.forward is not possible with net.mode=none\n");
}

TEST(Spec, OnANetworkOfOthersAddressesHaveItsLength) {
  const auto told = [](const std::string& net) {
    std::string all;
    for (const FieldError& error : errors_of(parse_json(R"({"template": "t", "net": )" + net + "}")))
      all += error.path + " " + error.message + "\n";
    return all;
  };
  const std::string bridge = R"({"mode": "bridge", "parent": "br0", )";
  EXPECT_EQ(told(bridge + R"("vlan": 4094, "mac": "02:00:00:00:00:0A", "gateway": ["192.0.2.1", "fe80::1"],
                 "address": ["192.0.2.8/24", "2001:DB8::8/64"]})"),
            "");
  EXPECT_EQ(told(bridge + R"("mtu": 1500})"), "");
  EXPECT_EQ(told(R"({"mode": "bridge"})"), "net.parent is required with net.mode=bridge\n");
  EXPECT_EQ(told(R"({"parent": "br0", "vlan": 3, "gateway": ["192.0.2.1"], "address": ["192.0.2.8/24"]})"),
            "net.address[0] stands without a length with net.mode=routed\n"
            "net.parent is not possible with net.mode=routed\n"
            "net.vlan is not possible with net.mode=routed\n"
            "net.gateway is not possible with net.mode=routed\n");
  EXPECT_EQ(told(bridge + R"("address": ["192.0.2.8"]})"),
            "net.address[0] needs the length of its network, as in 192.0.2.8/24\n");
  EXPECT_EQ(
      told(bridge + R"("address": ["192.0.2.8/24"], "gateway": ["192.0.3.1", "192.0.2.1", "fe80::1"]})"),
      "net.gateway has more than 2 elements\n");
  EXPECT_EQ(told(bridge + R"("address": ["192.0.2.8/24"], "gateway": ["192.0.3.1", "192.0.2.1"]})"),
            "net.gateway[0] is another one's address in no network of net.address\n"
            "net.gateway[1] is the second one of its family\n");
  EXPECT_EQ(told(bridge + R"("address": ["192.0.2.8/24"], "gateway": ["fe80::1"]})"),
            "net.gateway[0] is another one's address in no network of net.address\n");
  EXPECT_EQ(told(bridge + R"("pool": "default", "forward": ["1:1"], "firewall": {"in": "deny"}})"),
            "net.pool is not possible with net.mode=bridge\n"
            "net.forward is not possible with net.mode=bridge\n"
            "net.firewall is not possible with net.mode=bridge\n");
  EXPECT_EQ(told(R"({"mode": "macvlan", "parent": "eth0", "vlan": 3, "in": {"limit": "1M"}})"),
            "net.in is not possible with net.mode=macvlan\n");
  EXPECT_EQ(told(R"({"mode": "phys", "parent": "eth1", "address": ["192.0.2.8/24"]})"), "");
  EXPECT_EQ(told(R"({"mode":"phys","parent":"e","mac":"02:00:00:00:00:0a","vlan":1,"isolation":"all"})"),
            "net.isolation is not possible with net.mode=phys\n"
            "net.vlan is not possible with net.mode=phys\n"
            "net.mac is not possible with net.mode=phys\n");
  for (const char* wrong : {"192.0.2.0/24", "192.0.2.255/24", "192.0.2.8/0", "192.0.2.8/33", "2001:db8::/64",
                            "192.0.2.8/", "169.254.0.9/16", "192.0.2.8/24/24"})
    EXPECT_NE(told(bridge + R"("address": [")" + wrong + "\"]}"), "") << wrong;
  for (const char* wrong : {"02:00:00:00:00", "02-00-00-00-00-0a", "01:00:00:00:00:0a", "00:00:00:00:00:00",
                            "02:00:00:00:00:0g", "2:0:0:0:0:0:0:0:0"})
    EXPECT_NE(told(bridge + R"("mac": ")" + wrong + "\"}"), "") << wrong;
  for (const char* wrong : {"", "sixteen-letters-", "a/b", "a b", "..", "a%d", "a:b"})
    EXPECT_NE(told(R"({"mode": "bridge", "parent": ")" + std::string(wrong) + "\"}"), "") << wrong;
}

TEST(Spec, WrongTypes) {
  EXPECT_EQ(error_of(R"({"memory": 5})"), "memory: must be an object, not number");
  EXPECT_EQ(error_of(R"({"memory": {"limit": 1.5}})"),
            "memory.limit: must be a size (\"512M\"), bytes or \"unlimited\"");
  EXPECT_EQ(error_of(R"({"memory": {"limit": true}})"),
            "memory.limit: must be a size (\"512M\"), bytes or \"unlimited\", not boolean");
  EXPECT_EQ(error_of(R"({"cpu": {"limit": "2"}})"),
            "cpu.limit: must be milli-CPU as an integer (500 is half a core) or \"unlimited\", not string");
  EXPECT_EQ(error_of(R"({"command": "sh"})"), "command: must be a list, not string");
  EXPECT_EQ(error_of(R"({"env": []})"), "env: must be an object, not array");
  EXPECT_EQ(error_of(R"({"pty": 1})"), "pty: must be true or false, not number");
  EXPECT_EQ(error_of(R"({"oom_score": "5"})"), "oom_score: must be an integer, not string");
  EXPECT_EQ(errors_of(Json::array()).at(0), (FieldError{"spec", "must be an object, not array"}));
  // merge_patch cannot make a null; a body can.
  Json null = minimal();
  null["hostname"] = nullptr;
  EXPECT_EQ(errors_of(null).at(0), (FieldError{"hostname", "must be text, not null"}));
}

TEST(Spec, Ranges) {
  EXPECT_EQ(error_of(R"({"memory": {"limit": 4194303}})"),
            "memory.limit: is out of range: 4M..1048576T, or unlimited");
  EXPECT_TRUE(errors_of(with(R"({"memory": {"limit": "4M"}})")).empty());
  EXPECT_EQ(errors_of(with(R"({"memory": {"limit": 18446744073709551615}})")).size(), 1U);
  EXPECT_EQ(error_of(R"({"cpu": {"limit": 9}})"),
            "cpu.limit: is out of range: 0.01 to 8192 cores, or unlimited");
  EXPECT_EQ(error_of(R"({"tasks": {"limit": 0}})"), "tasks.limit: is out of range: 1..4194304, or unlimited");
  EXPECT_TRUE(errors_of(with(R"({"net": {"mtu": 65535}})")).empty());
  for (const std::string wrong : {"1279", "65536", "-1", "18446744073709551615"})
    EXPECT_EQ(error_of((R"({"net": {"mtu": )" + wrong + "}}").c_str()),
              "net.mtu: is out of range: 1280..65535");
  EXPECT_EQ(error_of(R"({"net": {"mtu": "1500"}})"), "net.mtu: must be an integer, not string");
  EXPECT_EQ(error_of(R"({"oom_score": 1001})"), "oom_score: is out of range: -1000..1000");
  EXPECT_EQ(error_of(R"({"oom_score": 18446744073709551615})"), "oom_score: is out of range: -1000..1000");
  Json signed_score = minimal();
  signed_score["oom_score"] = std::int64_t{2000};
  EXPECT_EQ(errors_of(signed_score).size(), 1U);
  EXPECT_EQ(error_of(R"({"stop": {"signal": 65}})"), "stop.signal: is out of range: 1..64");
  EXPECT_EQ(error_of(R"({"stop": {"timeout": "2d"}})"), "stop.timeout: is out of range: 0s..1d");
  EXPECT_THAT(error_of(R"({"stop": {"timeout": "5m"}})"), HasSubstr("is ambiguous: write min for minutes"));
  EXPECT_EQ(error_of(R"({"rlimit": {"nofile": "5:4"}})"),
            "rlimit.nofile: `5:4` has a soft limit above its hard limit");
  EXPECT_EQ(errors_of(with(R"({"rlimit": {"nofile": "unlimited:4"}})")).size(), 1U);
  EXPECT_EQ(errors_of(with(R"({"rlimit": {"nofile": 18446744073709551615}})")).size(), 1U);
  EXPECT_EQ(errors_of(with(R"({"rlimit": {"files": "4"}})")).size(), 1U);
}

TEST(Spec, UsersNamesAndNumbers) {
  for (const char* user : {R"("0")", R"("65535")", "65535", R"("www-data")", R"("_x.y")", R"("alice:staff")",
                           R"("0:65535")", R"("1000:www-data")"}) {
    Json json = with(R"({"command": ["/bin/true"]})");
    json["user"] = parse_json(user);
    EXPECT_TRUE(errors_of(json).empty()) << user;
  }
  for (const char* user :
       {R"("")", R"("65536")", "65536", "-1", R"("007")", R"("-x")", R"("a b")", R"("a:")", R"(":b")",
        R"("a:b:c")", R"("a:65536")", R"("a:-b")", R"("1x")", R"("a/b")", "1.5", R"("root\u0000")"}) {
    Json json = with(R"({"command": ["/bin/true"]})");
    json["user"] = parse_json(user);
    EXPECT_EQ(errors_of(json).size(), 1U) << user;
  }
}

// What ends in files of the container or on a terminal must not bring lines or escape sequences of its own.
TEST(Spec, ControlCharactersAreRefusedEverywhere) {
  for (const char* bad : {"a\nb", "a\rb", "a\tb", "\x1b[2J", "a\x7f", "\xc2\x85", "\xff"}) {
    for (const char* key : {"hostname", "workdir", "user", "template", "init"}) {
      Json json = minimal();
      json[key] = std::string("/") + bad;
      EXPECT_FALSE(errors_of(json).empty()) << key;
    }
    Json json = minimal();
    json["env"]["A"] = bad;
    json["label"]["a"] = bad;
    json["sysctl"]["kernel.x"] = bad;
    json["rlimit"]["core"] = bad;
    json["net"]["address"] = {bad};
    json["stop"]["signal"] = bad;
    json["command"] = {"\x01"};
    EXPECT_EQ(errors_of(json).size(), 7U) << bad;
  }
  Json nul = minimal();
  nul["env"]["A"] = std::string("a\0b", 3);
  EXPECT_EQ(errors_of(nul).at(0).message, "contains control characters or is not UTF-8");
}

TEST(Spec, EntryNamesOfMaps) {
  for (const char* name : {"A", "_", "a1_B"})
    EXPECT_TRUE(errors_of([&] {
                  Json json = minimal();
                  json["env"][name] = "x";
                  return json;
                }())
                    .empty())
        << name;
  const auto refused = [](const char* map, const std::string& name) {
    Json json = minimal();
    json[map][name] = "1";
    return errors_of(json).size() == 1;
  };
  for (const char* name : {"", "1A", "A=B", "A B", "A-B", "A\n", "Ä", "A+"})
    EXPECT_TRUE(refused("env", name)) << name;
  for (const char* name : {"", "kernel", "kernel.", ".kernel", "a..b", "a./b", "../x", "a.b=c", "a.b+",
                           "a.b\nc", "a b.c", "/proc.x", "a.b/", "kernel.x-"})
    EXPECT_TRUE(refused("sysctl", name)) << name;
  for (const char* name : {"kernel.msgmax", "net.ipv4.conf.eth0/100.forwarding", "net/ipv4/x.y"})
    EXPECT_FALSE(refused("sysctl", name)) << name;
  for (const char* name : {"", "-a", "a-", "a b", "a\n", "a=", "ä"})
    EXPECT_TRUE(refused("label", name)) << name;
  EXPECT_TRUE(refused("rlimit", "NOFILE"));
}

TEST(Spec, BoundsOfListsAndTexts) {
  Json many = minimal();
  for (std::size_t i = 0; i <= kMaxLabels; ++i) many["label"]["l" + std::to_string(i)] = "x";
  EXPECT_EQ(errors_of(many).at(0), (FieldError{"label", "has more than 64 entries"}));
  Json list = minimal();
  list["command"] = std::vector<std::string>(kMaxCommand + 1, "x");
  EXPECT_EQ(errors_of(list).at(0), (FieldError{"command", "has more than 256 elements"}));
  Json text = minimal();
  text["env"]["A"] = std::string(kMaxEnvironmentValue + 1, 'x');
  EXPECT_EQ(errors_of(text).at(0), (FieldError{"env.A", "is longer than 16384 bytes"}));
  Json whole = minimal();
  for (std::size_t i = 0; i < kMaxEnvironment; ++i)
    whole["env"]["A" + std::to_string(i)] = std::string(kMaxEnvironmentValue, 'x');
  EXPECT_EQ(errors_of(whole).at(0), (FieldError{"spec", "is larger than 524288 bytes"}));
  Json wrong = Json::object();
  for (int i = 0; i < 1000; ++i) wrong["unknown" + std::to_string(i)] = i;
  EXPECT_EQ(errors_of(wrong).size(), kMaxErrors);
}

TEST(Spec, RulesBetweenKeys) {
  EXPECT_EQ(errors_of(Json::object()).at(0), (FieldError{"template", "is required"}));
  EXPECT_EQ(error_of(R"({"init": "command"})"), "command: is required with init=command");
  EXPECT_EQ(error_of(R"({"init": "systemd", "command": ["x"]})"),
            "command: is only for init=command or auto, not systemd");
  EXPECT_EQ(error_of(R"({"command": [""]})"), "command: begins with an empty program name");
  EXPECT_EQ(error_of(R"({"user": "nobody"})"), "user: must be root where an init runs");
  EXPECT_EQ(error_of(R"({"init": "systemd", "workdir": "/srv"})"), "workdir: is only for a command");
  EXPECT_EQ(error_of(R"({"net": {"mode": "none", "address": ["10.0.0.1"]}})"),
            "net.address: is not possible with net.mode=none");
  EXPECT_EQ(error_of(R"({"net": {"mode": "none", "pool": "public"}})"),
            "net.pool: is not possible with net.mode=none");
  EXPECT_TRUE(errors_of(with(R"({"command": ["/bin/true"], "user": "nobody", "workdir": "/"})")).empty());
  EXPECT_TRUE(errors_of(with(R"({"init": "systemd", "user": "root"})")).empty());
}

TEST(JsonText, IsBoundedAndSaysWhereItIsWrong) {
  EXPECT_EQ(parse_json("[1]"), Json::array({1}));
  const std::string deep = std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']');
  EXPECT_NO_THROW((void)parse_json(deep));
  EXPECT_THROW((void)parse_json("[" + deep + "]"), runtime::Error);
  EXPECT_THROW((void)parse_json(std::string(1'000'000, '[')), runtime::Error);
  EXPECT_THROW((void)parse_json("\"\xff\""), runtime::Error);
  EXPECT_THROW((void)parse_json("1e3001"), runtime::Error);
  try {
    (void)parse_json(R"({"a": })");
    FAIL();
  } catch (const runtime::Error& error) {
    EXPECT_STREQ(error.what(), "is not valid JSON at byte 7");
  }
}

}  // namespace
}  // namespace croft::ctl
