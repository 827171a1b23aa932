// The truth table: each of the five words for each resource, kept by whom on this host.
#include <algorithm>
#include <optional>

#include "cgroups/check.h"
#include "cgroups/lines.h"

namespace croft::cgroups {
namespace {

constexpr unsigned kQuotaBurst = 5014;  // Linux 5.14 brought cpu.max.burst

class Table {
 public:
  Table(const Layout& layout, const HostFacts& facts) : layout_(layout), facts_(facts) {}

  std::vector<CheckRow> rows() {
    cpu();
    memory();
    swap();
    io();
    counted();
    placed();
    return std::move(rows_);
  }

 private:
  void add(const char* resource, const char* word, KeptBy kept_by, std::string reason,
           std::string cure = {}) {
    rows_.push_back({resource, word, kept_by, std::move(reason), std::move(cure)});
  }
  template <class Driver>
  [[nodiscard]] std::string where(const std::optional<Facet<Driver>>& facet) const {
    const Hierarchy& at = layout_.hierarchies[facet->hierarchy];
    return std::string(at.version == Version::kV2 ? "v2" : "v1") + " at " + at.mount;
  }
  template <class Driver>
  [[nodiscard]] bool on_v1(const std::optional<Facet<Driver>>& facet) const {
    return layout_.hierarchies[facet->hierarchy].version == Version::kV1;
  }
  // All words of a resource whose controller is not there.
  void absent(const char* resource, const char* controller, const std::vector<const char*>& words) {
    const auto found = layout_.absent.find(controller);
    const Absence why = found == layout_.absent.end() ? Absence{} : found->second;
    for (const char* word : words)
      add(resource, word, KeptBy::kAbsent, std::string(controller) + ": " + why.reason, why.cure);
  }

  void cpu() {
    if (!layout_.cpu) return absent("cpu", "cpu", {"guarantee", "barrier", "limit", "burst", "share"});
    const std::string at = where(layout_.cpu);
    if (facts_.in_root)
      add("cpu", "guarantee", KeptBy::kBestEffort,
          "this host's processes are in the root cgroup, where each weighs as much as a group: weights cover "
          "it "
          "against one busy process for each CPU",
          "put the host's services into cgroups, as systemd does");
    else
      add("cpu", "guarantee", KeptBy::kKernel, "weights that cover it, " + at);
    add("cpu", "barrier", KeptBy::kGovernor, "sets the quota when the burst is spent");
    add("cpu", "limit", KeptBy::kKernel, "quota, " + at);
    add("cpu", "burst", KeptBy::kGovernor,
        layout_.kernel >= kQuotaBurst ? "credit; inside a second the kernel, from saved quota" : "credit");
    add("cpu", "share", KeptBy::kKernel, "weights, " + at);
  }

  void memory() {
    if (!layout_.memory)
      return absent("memory", "memory", {"guarantee", "barrier", "limit", "burst", "share"});
    const bool older = on_v1(layout_.memory);
    memory_guarantee(older);
    add("memory", "barrier", KeptBy::kGovernor,
        older ? "moves the limit, at which the kernel kills what it cannot reclaim" : "sets memory.high");
    add("memory", "limit", KeptBy::kKernel, where(layout_.memory));
    add("memory", "burst", KeptBy::kGovernor, "time above the barrier");
    add("memory", "share", KeptBy::kBestEffort,
        "the kernel reclaims by what is above the guarantee, not by weights", "give guarantees");
  }

  void memory_guarantee(bool older) {
    if (older)
      return add("memory", "guarantee", KeptBy::kBestEffort,
                 "v1 has a soft limit only, which a host that is very short does not respect",
                 "boot with cgroup_no_v1=memory, or with the unified hierarchy alone");
    const Hierarchy& at = layout_.hierarchies[layout_.memory->hierarchy];
    const char* option = "memory_recursiveprot";
    if (std::find(at.options.begin(), at.options.end(), option) != at.options.end())
      return add("memory", "guarantee", KeptBy::kKernel, "memory.min, " + where(layout_.memory));
    add("memory", "guarantee", KeptBy::kBestEffort,
        "without memory_recursiveprot it ends at the cgroups that a container's init makes",
        "mount -o remount,memory_recursiveprot " + at.mount);
  }

  void swap() {
    if (!layout_.memory) {
      absent("swap", "memory", {"barrier", "limit", "burst"});
      return absent("memswap", "memory", {"barrier", "limit", "burst"});
    }
    if (layout_.absent.contains("swap")) {
      absent("swap", "swap", {"barrier", "limit", "burst"});
      return absent("memswap", "swap", {"barrier", "limit", "burst"});
    }
    const bool older = on_v1(layout_.memory);
    if (!facts_.swap)
      for (const char* word : {"barrier", "limit", "burst"})
        add("swap", word, KeptBy::kAbsent, "this host has no swap", "add some: mkswap FILE && swapon FILE");
    else
      some_swap(older);
    add("memswap", "barrier", KeptBy::kGovernor, "as memory's");
    add("memswap", "limit", older ? KeptBy::kKernel : KeptBy::kGovernor,
        older ? "memory.memsw, " + where(layout_.memory)
              : "v2 has no limit of the sum: memory.max and memory.swap.max are kept within it");
    add("memswap", "burst", KeptBy::kGovernor, "as memory's");
  }

  void some_swap(bool older) {
    add("swap", "barrier", KeptBy::kGovernor, "moves the limit");
    if (older)
      add("swap", "limit", KeptBy::kBestEffort,
          "v1 limits the sum with memory: who uses less memory than allowed can swap more",
          "boot with the unified hierarchy alone");
    else
      add("swap", "limit", KeptBy::kKernel, where(layout_.memory));
    add("swap", "burst", KeptBy::kGovernor, "as memory's");
  }

  void io() {
    if (!layout_.io) {
      absent("io", "io", {"guarantee", "barrier", "limit", "burst", "share"});
      return absent("iops", "io", {"barrier", "limit", "burst"});
    }
    if (facts_.disks.devices.empty()) {
      for (const char* word : {"guarantee", "barrier", "limit", "burst", "share"}) no_disk("io", word);
      for (const char* word : {"barrier", "limit", "burst"}) no_disk("iops", word);
      return;
    }
    io_guarantee();
    io_bounds("io");
    io_share();
    io_bounds("iops");
  }

  void no_disk(const char* resource, const char* word) {
    add(resource, word, KeptBy::kAbsent, "under the containers' files: " + facts_.disks.reason,
        "keep them on a file system with a disk");
  }

  void io_bounds(const char* resource) {
    add(resource, "barrier", KeptBy::kGovernor, "sets the limit when the burst is spent");
    if (on_v1(layout_.io))
      add(resource, "limit", KeptBy::kBestEffort,
          "v1 holds reads and direct writes; what is written through the page cache counts for nobody",
          "boot with the unified hierarchy alone");
    else
      add(resource, "limit", KeptBy::kKernel, where(layout_.io));
    add(resource, "burst", KeptBy::kGovernor, "a budget of what goes above the barrier");
  }

  // Of those disks that have no weights.
  [[nodiscard]] std::optional<BlockDevice> unweighted() const {
    for (const BlockDevice& device : facts_.disks.devices)
      if (std::find(facts_.weighted.begin(), facts_.weighted.end(), device) == facts_.weighted.end())
        return device;
    return std::nullopt;
  }
  [[nodiscard]] std::string weights_cure(const BlockDevice& device) const {
    std::string bfq = "echo bfq >/sys/dev/block/" + to_text(device) + "/queue/scheduler";
    if (on_v1(layout_.io)) return bfq;
    return bfq + ", or echo '" + to_text(device) + " enable=1' >" +
           layout_.hierarchies[layout_.io->hierarchy].mount + "/io.cost.qos";
  }

  void io_guarantee() {
    const auto without = unweighted();
    if (without)
      add("io", "guarantee", KeptBy::kAbsent, no_weights(*without), weights_cure(*without));
    else
      add("io", "guarantee", KeptBy::kBestEffort, "weights divide the disk's time, not its bytes",
          "state the pool's capacity with room to spare");
  }
  void io_share() {
    const auto without = unweighted();
    if (without)
      add("io", "share", KeptBy::kAbsent, no_weights(*without), weights_cure(*without));
    else
      add("io", "share", KeptBy::kKernel, "weights, " + where(layout_.io));
  }
  static std::string no_weights(const BlockDevice& device) {
    return "disk " + to_text(device) + " knows no weights: its scheduler is not bfq, and iocost is off";
  }

  void counted() {
    if (layout_.tasks) {
      add("tasks", "barrier", KeptBy::kGovernor, "tells when it is crossed");
      add("tasks", "limit", KeptBy::kKernel, where(layout_.tasks));
    } else {
      absent("tasks", "pids", {"barrier", "limit"});
    }
    sockets("sockets.tcp");
    sockets("sockets.other");
    add("files", "limit", KeptBy::kBestEffort,
        "the kernel counts open files for each process, not for a container",
        "bound processes by tasks.limit");
  }

  void sockets(const char* resource) {
    const char* reason = "BPF programs that count sockets need cgroup BPF, its sock_create and sock_release";
    const char* cure = "boot Linux 5.9 or later with CONFIG_CGROUP_BPF, and mount the unified hierarchy";
    if (!layout_.socket_programs) {
      for (const char* word : {"barrier", "limit"}) add(resource, word, KeptBy::kAbsent, reason, cure);
      return;
    }
    add(resource, "barrier", KeptBy::kGovernor, "tells when it is crossed");
    add(resource, "limit", KeptBy::kKernel, "BPF program; IPv4 and IPv6, but not those that accept(2) gives");
  }

  void placed() {
    if (layout_.hugetlb)
      add("hugetlb", "limit", KeptBy::kKernel, where(layout_.hugetlb));
    else
      absent("hugetlb", "hugetlb", {"limit"});
    if (layout_.cpuset)
      add("affinity", "limit", KeptBy::kKernel, where(layout_.cpuset));
    else
      absent("affinity", "cpuset", {"limit"});
  }

  const Layout& layout_;
  const HostFacts& facts_;
  std::vector<CheckRow> rows_;
};

}  // namespace

std::vector<CheckRow> check_resources(const Layout& layout, const HostFacts& facts) {
  return Table(layout, facts).rows();
}

}  // namespace croft::cgroups
