// What a ledger's reading is made of: the kernel's counters of a group, and those of its link.
#pragma once

#include "cgroups/reading.h"
#include "cgroups/resources.h"
#include "ctl/ledger/book.h"
#include "netns/traffic.h"

namespace croft::ctl {

ledger::Instant now_on_both_clocks();
// Of this start of the host. Throws Error.
std::string boot_id();
// Of this host for ever: its machine id, or its name where it has none.
std::string node_id();

void put(const cgroups::Reading& group, ledger::Reading& reading);
void put(const netns::Traffic& traffic, ledger::Reading& reading);
// {"memory": {"guarantee", "barrier", "limit"}, ...}: of what is stated.
ledger::Json promise_of(const cgroups::Resources& resources);

}  // namespace croft::ctl
