#include "ctl/spec/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "ctl/spec/patch.h"
#include "ctl/spec/tree.h"

namespace croft::ctl {
namespace {

TEST(Keys, EveryRowIsComplete) {
  std::set<std::string_view> names;
  for (const Key& key : keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    EXPECT_FALSE(key.type.empty()) << key.name;
    EXPECT_FALSE(key.doc.empty()) << key.name;
    EXPECT_LE(key.doc.size(), 120U) << key.name;
    EXPECT_NE(key.doc.back(), '.') << key.name;
    EXPECT_EQ(key.kind == Key::Kind::kMap, key.stem != key.name) << key.name;
    EXPECT_EQ(find_key(key.name), &key);
    EXPECT_EQ(find_key(key.stem), &key);
  }
  EXPECT_EQ(names.size(), 110U);
}

// The default that help and man page show is the default that a Spec has.
TEST(Keys, DefaultsAreWhatTheStructSays) {
  Json spec{{"template", "t"}};
  const Json canonical = to_json(parse_spec(spec));
  for (const Key& key : keys()) {
    if (key.name == "template") continue;
    const Json* value = tree::find(canonical, key.stem);
    if (key.fallback.empty()) {
      EXPECT_EQ(value, nullptr) << key.name;
      continue;
    }
    ASSERT_NE(value, nullptr) << key.name;
    EXPECT_EQ(key.to_text(*value), key.fallback) << key.name;
    EXPECT_EQ(key.from_text(key.fallback), *value) << key.name;
  }
}

std::map<std::string, std::string> more_keys() {
  return {{"onboot", "yes"},
          {"device", "/dev/net/tun:rw,/dev/dri:r"},
          {"features", "fuse,nesting"},
          {"external_id", "A-4711"},
          {"note", "two\nlines"},
          {"timezone", "America/Argentina/Buenos_Aires"},
          {"locale", "de_DE.UTF-8"},
          {"cloud_init.user_data", "#cloud-config\nhostname: x\n"},
          {"cloud_init.vendor_data", "#!/bin/sh\n"},
          {"cloud_init.network_config", "version: 2\n"},
          {"credential.passwd.hashed-password.root", "$y$x"},
          {"boot.order", "7"},
          {"boot.delay", "90s"},
          {"restart", "on-failure"},
          {"restart_limit", "0"},
          {"hook.pre-start", R"(timeout=2min on-failure=ignore register --as "a b" "")"},
          {"protected", "true"},
          {"pool", "fast"},
          {"snapshot.schedule", "1d@03:30"},
          {"snapshot.keep", "7d,4w,12m"},
          {"net.queues", "4"},
          {"net.connections.limit", "1000"},
          {"net.in.barrier", "2M"},
          {"net.in.burst", "1G/1h"},
          {"net.out.barrier", "1M"},
          {"net.out.burst", "1G"},
          {"net.in.guarantee", "1M"},
          {"net.in.limit", "12500000"},
          {"net.in.share", "50"},
          {"net.out.guarantee", "0"},
          {"net.out.limit", "unlimited"},
          {"net.out.share", "100"},
          {"net.in.class.0", "1M"},
          {"net.out.class.15", "500000"},
          {"net.proxy", "eth9"},
          {"net.dns", "keep"}};
}

std::map<std::string, std::string> view_and_swap_keys() {
  return {{"cpu.visible", "4"}, {"view", "false"},         {"swap.barrier", "0"},
          {"swap.limit", "0"},  {"memswap.barrier", "1G"}, {"memswap.limit", "2G"}};
}

// Of networks of others: not beside net.mode=routed.
std::map<std::string, std::string> lan_keys() {
  return {{"net.parent", "br0"},
          {"net.vlan", "7"},
          {"net.mac", "02:00:1f:a0:09:ff"},
          {"net.gateway", "10.0.0.254,fe80::1"},
          {"nic.eth1",
           R"({"firewall":{"in":"allow","out":"allow"},"isolation":"tenant","mode":"phys","mtu":1500,)"
           R"("parent":"eno1","queues":1})"}};
}

std::map<std::string, std::string> every_key() {
  std::map<std::string, std::string> all{
      {"template", "debian-12"},
      {"hostname", "a.b"},
      {"init", "command"},
      {"command", R"(["/bin/sh","-c","a b"])"},
      {"env.A", "x y"},
      {"workdir", "/srv"},
      {"user", "www-data"},
      {"cpu.guarantee", "0.25"},
      {"cpu.barrier", "0.5"},
      {"cpu.limit", "2"},
      {"cpu.burst", "1min/1h"},
      {"cpu.share", "10000"},
      {"cpu.affinity", "0-3,8"},
      {"memory.guarantee", "256M"},
      {"memory.barrier", "512M"},
      {"memory.limit", "1G"},
      {"memory.burst", "30min/1d"},
      {"memory.share", "1"},
      {"memory.nodes", "0-1"},
      {"memory.oom", "kill-container"},
      {"disk.limit", "10G"},
      {"inodes.limit", "200000"},
      {"io.guarantee", "1M"},
      {"io.barrier", "10M"},
      {"io.limit", "unlimited"},
      {"io.burst", "1G/1h"},
      {"io.share", "200"},
      {"iops.guarantee", "50"},
      {"iops.barrier", "100"},
      {"iops.limit", "1000"},
      {"iops.burst", "100000"},
      {"tasks.barrier", "100"},
      {"tasks.limit", "unlimited"},
      {"files.barrier", "1000"},
      {"files.limit", "2000"},
      {"sockets.tcp.barrier", "0"},
      {"sockets.tcp.limit", "100"},
      {"sockets.other.barrier", "50"},
      {"sockets.other.limit", "50"},
      {"hugetlb.2M", "1G"},
      {"threshold", "memory:900M:event,tasks:90:signal=SIGTERM"},
      {"plan.name", "small"},
      {"plan.mode", "pinned"},
      {"net.mode", "routed"},
      {"net.address", "10.0.0.1,fd00::1"},
      {"net.pool", "public"},
      {"net.isolation", "all"},
      {"net.mtu", "9000"},
      {"net.forward", "8080:80/tcp,[2001:db8::1]:53:53/udp"},
      {"net.firewall.in", "deny"},
      {"net.firewall.out", "allow"},
      {"net.firewall.rules", "in allow tcp 80,443 from 10.0.0.0/8;in deny udp"},
      {"security.no_new_privileges", "true"},
      {"security.capabilities.drop", "CAP_NET_RAW,CAP_SYS_TIME"},
      {"sysctl.kernel.msgmax", "5"},
      {"rlimit.nofile", "5:unlimited"},
      {"oom_score", "-17"},
      {"stop.signal", "SIGRTMIN+3"},
      {"stop.timeout", "2min"},
      {"time_namespace", "true"},
      {"label.a/b.c", "x"},
      {"ephemeral", "false"},
      {"pty", "false"}};
  all.merge(more_keys());
  all.merge(view_and_swap_keys());
  return all;
}

TEST(Keys, WhatIsShownCanBeTyped) {
  const std::map<std::string, std::string> typed = every_key();
  std::map<std::string, std::string> all = lan_keys();
  all.insert(typed.begin(), typed.end());
  std::set<const Key*> tried;
  for (const auto& [name, text] : all) {
    const Key* key = find_key(name);
    ASSERT_NE(key, nullptr) << name;
    tried.insert(key);
    EXPECT_EQ(key->to_text(key->from_text(text)), text) << name;
  }
  EXPECT_EQ(tried.size(), keys().size());
  EXPECT_NO_THROW(parse_spec(apply_assignments(Json::object(), typed)));
}

TEST(Keys, AreFoundByTheirDottedNames) {
  EXPECT_EQ(find_key("env.LANG")->name, "env.NAME");
  EXPECT_EQ(find_key("sysctl.net.ipv4.ip_forward")->name, "sysctl.NAME");
  EXPECT_EQ(find_key("env."), nullptr);
  EXPECT_EQ(find_key("environment"), nullptr);
  EXPECT_EQ(find_key("memory"), nullptr);
  EXPECT_EQ(find_key("hugetlb.1G")->name, "hugetlb.SIZE");
  EXPECT_EQ(find_key("nic.eth1.mode")->name, "nic.NAME");
  EXPECT_EQ(find_key("memory.limit.x"), nullptr);
  EXPECT_EQ(find_key(""), nullptr);
  EXPECT_EQ(unknown_key("memlimit"), "unknown key; did you mean `memory.limit`?");
}

TEST(Keys, OfResourceControlAreMarkedAndLive) {
  std::set<std::string_view> first;
  for (const Key& key : keys()) {
    if (!key.resource) continue;
    first.insert(key.name.substr(0, key.name.find('.')));
    EXPECT_EQ(key.when, When::kLive) << key.name;
  }
  EXPECT_EQ(first,
            (std::set<std::string_view>{"cpu", "memory", "swap", "memswap", "io", "iops", "tasks", "files",
                                        "sockets", "disk", "inodes", "hugetlb", "threshold", "net"}));
  EXPECT_FALSE(find_key("template")->resource);
  EXPECT_FALSE(find_key("rlimit.nofile")->resource);
}

}  // namespace
}  // namespace croft::ctl
