// The seed of cloud-init's NoCloud data source (its documentation, "NoCloud"): a directory in the root, which
// ds-identify(8) and cloud-init find at their first boot.
#pragma once

#include <string>

#include "runtime/launch.h"

namespace croft::fs {

struct SeedIntent {
  std::string instance;  // what is done once is done once for it
  std::string hostname;
  std::string user_data;       // may be empty
  std::string vendor_data;     // may be empty
  std::string network_config;  // empty: cloud-init leaves the network alone
};

// Appends the steps (after LaunchList::root). Only root inside can read what is in the files.
void plan_seed(const SeedIntent& intent, runtime::LaunchList& list);

}  // namespace croft::fs
