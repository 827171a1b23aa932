// The chains that a link has of its own: its packet filter, and how many connections it may have. Text for
// nft.
//
// Both ways count into one list of the kernel (nft_connlimit), that of a rule in a chain which both ways jump
// to. What is put anew begins at none: connections from before are not in it.
#pragma once

#include <string>

#include "netns/guard.h"

namespace croft::netns {

// In place of those that it had.
std::string put_chains_text(const Guard& guard);
// Whether they are there or not.
std::string drop_chains_text(const std::string& link);

}  // namespace croft::netns
