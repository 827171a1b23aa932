// The rows of keys.cc, which alone includes this, for resource control: one for each word of each resource.
#pragma once

#include <array>

#include "ctl/spec/resource_codecs.h"
#include "ctl/spec/rows.h"

namespace croft::ctl::rows {

using amounts::Resource;
using amounts::Word;

// All of them can be changed while a container runs.
constexpr Key of_resource(Key key) {
  key.resource = true;
  return key;
}

template <Resource R>
constexpr Key guarantee(std::string_view name, std::string_view doc) {
  return of_resource(one<codecs::Amount<R, Word::kGuarantee>>(
      name, "0", When::kLive, doc, [](auto& s) -> auto& { return s.resources[R].guarantee; }));
}

template <Resource R>
constexpr Key barrier(std::string_view name, std::string_view doc) {
  return of_resource(one<codecs::Amount<R, Word::kBarrier>>(
      name, "", When::kLive, doc, [](auto& s) -> auto& { return s.resources[R].barrier; }));
}

template <Resource R>
constexpr Key limit(std::string_view name, std::string_view doc, std::string_view fallback = kUnlimited) {
  return of_resource(one<codecs::LimitOf<R>>(
      name, fallback, When::kLive, doc, [](auto& s) -> auto& { return s.resources[R].limit; }));
}

template <Resource R>
constexpr Key burst(std::string_view name, std::string_view doc) {
  return of_resource(one<codecs::BurstOf<R>>(
      name, "", When::kLive, doc, [](auto& s) -> auto& { return s.resources[R].burst; }));
}

template <Resource R>
constexpr Key share(std::string_view name, std::string_view doc) {
  return of_resource(one<codecs::Share>(
      name, "100", When::kLive, doc, [](auto& s) -> auto& { return s.resources[R].share; }));
}

// One key for the two fields cpus and numa_auto.
constexpr Key affinity(std::string_view name, std::string_view doc) {
  Key key = one<codecs::Nodes>(
      name, "", When::kLive, doc, [](auto& s) -> auto& { return s.resources.cpus; });
  key.type = codecs::Affinity::kType;
  key.read = [](const Key& row, const Json& json, Spec& spec, FieldErrors& errors) {
    const auto value = read_value<codecs::Affinity>(json, std::string(row.name), errors);
    if (!value) return;
    spec.resources.cpus = value->cpus;
    spec.resources.numa_auto = value->numa_auto;
  };
  key.write = [](const Spec& spec) {
    return codecs::Affinity::write({spec.resources.cpus, spec.resources.numa_auto});
  };
  key.from_text = canonical_text<codecs::Affinity>;
  return of_resource(key);
}

// Entries are called "2M" here and "2MB" by the kernel.
constexpr Key huge_pages(std::string_view name, std::string_view doc) {
  constexpr auto kField = [](auto& s) -> auto& {
    return s.resources.hugetlb;
  };
  Key key =
      map<codecs::HugePages, codecs::check_huge_page_size, kMaxHugePageSizes>(name, When::kLive, doc, kField);
  key.read = [](const Key& row, const Json& json, Spec& spec, FieldErrors& errors) {
    read_map<codecs::HugePages, codecs::check_huge_page_size, kMaxHugePageSizes, decltype(kField)>(
        row, json, spec, errors);
    std::map<std::string, std::uint64_t> kernel;
    for (const auto& [size, bytes] : spec.resources.hugetlb) kernel[size + "B"] = bytes;
    spec.resources.hugetlb = std::move(kernel);
  };
  key.write = [](const Spec& spec) {
    Json object = Json::object();
    for (const auto& [size, bytes] : spec.resources.hugetlb) object[size.substr(0, size.size() - 1)] = bytes;
    return object.empty() ? Json() : object;
  };
  return of_resource(key);
}

inline constexpr std::array kResourceKeys{
    guarantee<Resource::kCpu>("cpu.guarantee", "cores that it has whenever it wants them"),
    barrier<Resource::kCpu>("cpu.barrier",
                            "cores that it may use for ever; above them, only while it has burst"),
    limit<Resource::kCpu>("cpu.limit", "cores that it never uses more than"),
    burst<Resource::kCpu>("cpu.burst", "processor time that it may use above cpu.barrier"),
    share<Resource::kCpu>("cpu.share", "how processor time that is left over is divided"),
    affinity("cpu.affinity",
             "the CPUs that it runs on; numa:auto: at a start, those of the node with most room"),

    of_resource(one<codecs::VisibleCpus>(
        "cpu.visible", "", When::kLive,
        "how many CPUs it is shown, of the host's at most; unset, those of cpu.affinity, and no more than "
        "cpu.limit rounded up",
        [](auto& s) -> auto& { return s.visible_cpus; })),

    guarantee<Resource::kMemory>("memory.guarantee", "memory that the host never takes from it"),
    barrier<Resource::kMemory>("memory.barrier",
                               "memory that it may use for ever; above, only while it has burst"),
    limit<Resource::kMemory>("memory.limit", "memory that is never exceeded", "1G"),
    burst<Resource::kMemory>("memory.burst", "time that it may spend above memory.barrier"),
    share<Resource::kMemory>("memory.share", "how what is above guarantees is divided when memory is short"),
    of_resource(one<codecs::Nodes>(
        "memory.nodes", "", When::kLive, "the memory nodes that its memory comes from",
        [](auto& s) -> auto& { return s.resources.nodes; })),
    of_resource(one<codecs::Oom>(
        "memory.oom", "kill-one", When::kLive,
        "at memory.limit, what: one process is killed, all are, or all are frozen until an operator comes",
        [](auto& s) -> auto& { return s.resources.oom; })),

    barrier<Resource::kSwap>("swap.barrier", "how much of it may be in swap without a burst"),
    limit<Resource::kSwap>("swap.limit", "how much of it may be in swap"),
    barrier<Resource::kMemswap>("memswap.barrier", "memory and swap together, without a burst"),
    limit<Resource::kMemswap>("memswap.limit", "memory and swap together"),

    guarantee<Resource::kIo>("io.guarantee",
                             "bytes a second, of reads and of writes each, that it has whenever it wants"),
    barrier<Resource::kIo>("io.barrier",
                           "bytes a second that it may move for ever; above, only while it has burst"),
    limit<Resource::kIo>("io.limit", "bytes a second, of reads and of writes each, that are never exceeded"),
    burst<Resource::kIo>("io.burst", "bytes that it may move above io.barrier"),
    share<Resource::kIo>("io.share", "how the disks' time that is left over is divided"),

    guarantee<Resource::kIops>("iops.guarantee",
                               "reads and writes a second, each, that it has whenever it wants"),
    barrier<Resource::kIops>("iops.barrier",
                             "reads and writes a second for ever; above, only while it has burst"),
    limit<Resource::kIops>("iops.limit", "reads and writes a second, each, that are never exceeded"),
    burst<Resource::kIops>("iops.burst", "reads and writes that it may make above iops.barrier"),

    barrier<Resource::kTasks>("tasks.barrier", "processes and threads from which on an event tells"),
    limit<Resource::kTasks>("tasks.limit", "processes and threads that may exist at once", "4096"),
    barrier<Resource::kFiles>("files.barrier", "open files from which on an event tells"),
    limit<Resource::kFiles>("files.limit", "files that may be open at once"),
    barrier<Resource::kTcpSockets>("sockets.tcp.barrier", "TCP sockets from which on an event tells"),
    limit<Resource::kTcpSockets>("sockets.tcp.limit", "TCP sockets that may exist at once"),
    barrier<Resource::kOtherSockets>("sockets.other.barrier", "other sockets of IPv4 and IPv6, likewise"),
    limit<Resource::kOtherSockets>("sockets.other.limit",
                                   "other sockets of IPv4 and IPv6 that may exist at once"),

    limit<Resource::kDisk>("disk.limit",
                           "what its own files may take of the disk; its template's are not counted"),
    limit<Resource::kInodes>("inodes.limit", "files and directories of its own that may exist at once"),

    guarantee<Resource::kNetIn>("net.in.guarantee",
                                "bytes a second that it may always receive over the uplink"),
    barrier<Resource::kNetIn>("net.in.barrier",
                              "bytes a second that it may receive for ever; above, only while it has burst"),
    limit<Resource::kNetIn>("net.in.limit", "bytes a second that it never receives more than"),
    burst<Resource::kNetIn>("net.in.burst", "bytes that it may receive above net.in.barrier"),
    share<Resource::kNetIn>("net.in.share", "how what is left of the uplink is divided among receivers"),
    guarantee<Resource::kNetOut>("net.out.guarantee",
                                 "bytes a second that it may always send over the uplink"),
    barrier<Resource::kNetOut>("net.out.barrier",
                               "bytes a second that it may send for ever; above, only while it has burst"),
    limit<Resource::kNetOut>("net.out.limit", "bytes a second that it never sends more than"),
    burst<Resource::kNetOut>("net.out.burst", "bytes that it may send above net.out.barrier"),
    share<Resource::kNetOut>("net.out.share", "how what is left of the uplink is divided among senders"),

    of_resource(
        map<codecs::Amount<Resource::kNetIn, Word::kLimit>, codecs::check_class_number, kMaxClassLimits>(
            "net.in.class.NUMBER", When::kLive,
            "bytes a second of a traffic class that it never receives more than, within net.in.limit",
            [](auto& s) -> auto& { return s.class_in; })),
    of_resource(
        map<codecs::Amount<Resource::kNetOut, Word::kLimit>, codecs::check_class_number, kMaxClassLimits>(
            "net.out.class.NUMBER", When::kLive,
            "bytes a second of a traffic class that it never sends more than, within net.out.limit",
            [](auto& s) -> auto& { return s.class_out; })),

    huge_pages("hugetlb.SIZE", "huge pages of this size, in bytes, that are never exceeded"),
    of_resource(list<codecs::ThresholdText, cgroups::kMaxThresholds>(
        "threshold", When::kLive, "what is done when use of a resource comes to a value",
        [](auto& s) -> auto& { return s.resources.thresholds; })),
};

}  // namespace croft::ctl::rows
