// Room that the registry keeps for a full disk: a file that is given up so that stops, exits and destructions
// can still be recorded, which is how an operator makes room again.
#pragma once

#include <string>

namespace croft::ctl {

class Reserve {
 public:
  // `path` is of a file of its own; whether there is room for it is seen by refill.
  explicit Reserve(std::string path);

  // Gives the room up. False when that was done before.
  bool release();
  // Takes it again when there is as much and more. Never throws: what runs without it has no room to spare.
  void refill();

 private:
  std::string path_;
  bool held_ = false;
};

}  // namespace croft::ctl
