// croftd(8).
#include "ctl/daemon/daemon.h"

int main(int argc, char** argv) {
  return croft::ctl::run_daemon(argc, argv);
}
