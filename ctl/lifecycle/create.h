// What all ways to a new container share, whatever its files are made from.
#pragma once

#include "ctl/lifecycle/context.h"
#include "runtime/change.h"

namespace croft::ctl {

// What its specification says of addresses, for the registry.
void set_leases(NewContainer& wanted);
// Refuses what the registry cannot know: the host's own addresses, ports and hardware addresses that are
// taken, settings of the kernel that there are not. Throws Error kInvalid with every one.
void check_wanted(const Context& context, const NewContainer& wanted);
// Takes out of a specification what only one container can have; the keys that were there.
std::vector<std::string> strip_own(Json& spec);

// The limits of its disk, once its files are there: they may have been larger than what one may write.
struct LimitDisk {
  const Context& context;
  ContainerRecord record;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

// Adds what guards its packets.
void plan_new_guard(Context& context, const ContainerRecord& record, runtime::Changes& changes);
// From its record to its being ready: applies what makes its files. When that fails nothing is left of it.
// `call` says where to inject a fault.
Answer bring_about(Context& context, const ContainerRecord& record, const Call& call,
                   runtime::Changes& changes);

}  // namespace croft::ctl
