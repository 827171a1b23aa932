// What the API drives: everything behind Backend. The daemon makes one engine, after which recovery is done
// and all verbs can be called.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "ctl/api/backend.h"

namespace croft::ctl {

struct EngineOptions {
  std::string data = "/var/lib/croft";
  std::string run = "/run/croft";
  std::string plans = "/etc/croft/plans.d";  // files NAME.plan; read whenever they are needed
  std::string cgroup_root = "croft.slice";
  std::string keeper_path;         // program to start when no keeper answers; empty: only wait for one
  std::string keeper_program;      // what a keeper is upgraded to
  std::string root_mode = "auto";  // or "shifted"
  std::string net4 = "10.207.0.0/16";
  std::string net6 = "fd63:726f:6674::/64";
  std::string tariffs = "/etc/croft/tariffs.d";    // files TARIFF-VERSION.json, likewise
  std::string accounts = "/etc/croft/accounts.d";  // files TENANT.json, likewise
  std::string hooks = "/etc/croft/hooks.d";        // programs that thresholds may start
  std::chrono::seconds ledger_sample{10};          // between two looks at what containers hold
  std::chrono::seconds ledger_interval{300};       // of a record; a whole day is a multiple of it
  bool allow_faults = false;                       // honour Call::fail_at
};

// Opens the registry, finds or starts the keeper, and recovers: brings the record of every container in line
// with what runs, and removes what is left of what does not. Throws runtime::Error.
std::unique_ptr<Backend> make_engine(const EngineOptions& options);

}  // namespace croft::ctl
