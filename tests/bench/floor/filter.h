// The packet filter of one cycle: who the link's packets may come from, as elements of sets that the rules
// for all containers look into. The sets are made once.
#pragma once

#include <cstdint>

#include "tests/bench/floor/check.h"

namespace croft::bench {

// Makes the tables, by nft, in the caller's net namespace; a netfilter socket to change them with. Empty
// where there is no nft or the kernel has no nf_tables.
Fd open_filter();
// Each one transaction.
void put_elements(const Fd& filter, std::uint32_t number);
void remove_elements(const Fd& filter, std::uint32_t number);

}  // namespace croft::bench
