// How the driver talks to one contender of a benchmark: it stays up for the whole run, so that contenders can
// be interleaved cycle by cycle and none is charged for its own start. Standard input: one number of cycles
// per line; standard output: one JSON line per cycle. End of file, SIGTERM and SIGINT end it after the
// current cycle.
#pragma once

#include <functional>
#include <string>

namespace croft::bench {

// `once` does one cycle and gives its JSON. Returns the exit status.
int serve(const std::function<std::string()>& once);

}  // namespace croft::bench
