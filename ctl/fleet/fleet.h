// A fleet file: tenants, address pools, traffic classes and containers that are to be there. Reading it tells
// all that is wrong, each with its line, before anything is asked of a daemon. Pure.
//
//   fleet: shop                      what --prune goes by: every container gets the label fleet=shop
//   defaults: {template: debian-12}  settings of every container of the file
//   tenants: {acme: {parent: big, labels: {contact: ops}, memory.limit: 16G}}
//   pools: {public: {prefixes: [203.0.113.0/24], nat: yes}}
//   classes: {"3": [198.51.100.0/24]}
//   containers:
//     acme/web%02d: {count: 20, state: running, plan.name: small}
//     db: {memory: {limit: 4G}, env: {LANG: C.UTF-8}, hostname: }
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ctl/fleet/yaml.h"

namespace croft::ctl {

inline constexpr std::size_t kMaxFleet = 100'000;  // containers of all files of a call
inline constexpr std::string_view kFleetLabel = "fleet";

using Settings = std::map<std::string, std::string>;  // as `croft set` takes them; an empty text unsets

struct FilePlace {
  std::string file;
  int line = 0;
};

struct WantedTenant {
  FilePlace place;
  std::string name;
  std::string parent;                         // empty: none stated
  std::map<std::string, std::string> labels;  // an empty text removes one
  Settings settings;
};

struct WantedPool {
  FilePlace place;
  std::string name;
  std::vector<std::string> prefixes;
  std::optional<bool> nat;
};

struct WantedClass {
  FilePlace place;
  std::string name;
  std::vector<std::string> prefixes;
};

struct WantedContainer {
  FilePlace place;
  std::string tenant;
  std::string name;
  std::string fleet;  // empty: of none
  Settings defaults;  // of its file, below `settings`
  Settings settings;
  std::optional<bool> running;  // not stated: it is left as it is
};

// `spec` with what the file states. Throws Error as apply_assignments does.
Json stated_spec(const WantedContainer& wanted, Json spec = Json::object());

// One thing that is wrong.
struct Complaint {
  FilePlace place;
  std::string object;  // "container acme/web1"; empty: the file
  std::string path;    // "memory.limit"; empty: all of it
  std::string message;
};
// "shop.yaml:17: container acme/web1: memory.limit: is no size"
std::string to_text(const Complaint& complaint);

struct Fleet {
  std::vector<WantedTenant> tenants;
  std::vector<WantedPool> pools;
  std::vector<WantedClass> classes;
  std::vector<WantedContainer> containers;
  std::vector<Complaint> wrong;
};

// Adds what the text of a file says. `tenant` is that of names without one. What is wrong is in `wrong`, and
// left out of the rest.
void read_fleet(Fleet& fleet, const std::string& file, const std::string& text, const std::string& tenant);

// Adds complaints about what is there twice. Call it when all files are read.
void check_fleet(Fleet& fleet);

}  // namespace croft::ctl
