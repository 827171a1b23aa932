// A seccomp filter as large as a container's allow-list (about 300 instructions), loaded into the calling
// process.
#pragma once

namespace croft::bench {

void load_filter();

}  // namespace croft::bench
