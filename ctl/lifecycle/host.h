// What the daemon knows of this host: where things lie, and what the kernel can do. Found out once, at start.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cgroups/hierarchy.h"
#include "ctl/lifecycle/engine.h"
#include "ctl/spec/spec.h"
#include "fs/overlay.h"
#include "netns/pool.h"

namespace croft::ctl {

struct Host {
  EngineOptions options;
  cgroups::Layout layout;
  std::shared_ptr<const fs::RootFacts> root_facts;
  std::string filter;  // the default system call filter, ready to load
  std::string filter_with_keys;
  [[nodiscard]] const std::string& filter_of(const Spec& spec) const {
    return has_feature(spec, Feature::kKeyctl) ? filter_with_keys : filter;
  }
  netns::Prefix pool4;
  netns::Prefix pool6;
  bool ipv6 = false;
  std::vector<std::string> nameservers;  // of this host, without those on its loopback
  std::uint64_t nofile_hard = 0;
  std::vector<cgroups::BlockDevice> devices;  // under the containers' files; empty where none can be bounded

  [[nodiscard]] std::string containers() const { return options.data + "/containers"; }
  [[nodiscard]] std::string pools() const { return options.data + "/pools"; }
  [[nodiscard]] std::string run_directory(const std::string& uuid) const {
    return options.run + "/containers/" + uuid;
  }
  [[nodiscard]] std::string mount_point() const {
    return options.run + "/mnt";
  }  // where children hang their root
  [[nodiscard]] std::string staging() const { return options.run + "/stage"; }  // fs::probe_root's
  [[nodiscard]] std::string keeper_socket() const { return options.run + "/keeper.sock"; }
  [[nodiscard]] std::string pins() const { return options.run + "/bpf"; }       // a bpf file system
  [[nodiscard]] std::string taken() const { return options.run + "/devices"; }  // of netns/phys.h
  [[nodiscard]] std::string exits() const { return options.run + "/exits"; }
};

// What the container's console said, at most kLogLimit bytes of it; twice as much with the older part beside
// it.
inline constexpr std::uint32_t kLogLimit = 1U << 20;
std::string console_log(const Host& host, const std::string& uuid);

// The path of one of Croft's programs, which lie beside the keeper.
std::string beside_keeper(const Host& host, const std::string& name);

// Makes the directories and asks the kernel. Called before threads exist. Throws Error.
Host open_host(const EngineOptions& options);

}  // namespace croft::ctl
