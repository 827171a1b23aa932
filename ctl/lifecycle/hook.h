// A program of the operator that a threshold starts, on the host.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace croft::ctl {

// Runs DIRECTORY/`name` with an environment of PATH and these values, standard streams at the null device but
// errors, and waits for its end; kills it when `limit` is over. The directory and the program must belong to
// root and be writable by nobody else: whoever may use the API chooses among them, and does not thereby
// become root of the host. Throws Error: kNotFound, kRefused for wrong owners or modes, kTimeout, kSystem
// with its exit status.
void run_hook(const std::string& directory, const std::string& name,
              const std::vector<std::pair<std::string, std::string>>& values, std::chrono::seconds limit);

}  // namespace croft::ctl
