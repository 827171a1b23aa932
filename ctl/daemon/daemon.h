// croftd from its arguments to its exit status.
#pragma once

namespace croft::ctl {

// 0 after a stop that was asked for, 1 when it could not start or serve, 2 for a wrong command line.
int run_daemon(int argc, char** argv);

}  // namespace croft::ctl
