// Takes from croft-webhook all that it does not need, before it hears a byte from the network.
#pragma once

namespace croft::ctl {

// Nobody's user and group, no way to more rights, no core, no file of its own, bounded memory. Throws
// runtime::Error.
void confine();

}  // namespace croft::ctl
