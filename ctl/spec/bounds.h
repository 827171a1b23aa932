// Every bound of a specification, in one place: sizes of lists and maps, lengths of texts, ranges of numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace croft::ctl {

// Lists and maps: entries.
inline constexpr std::size_t kMaxCommand = 256;
inline constexpr std::size_t kMaxEnvironment = 256;
inline constexpr std::size_t kMaxAddresses = 16;
inline constexpr std::size_t kMaxNics = 15;     // beside the first
inline constexpr std::size_t kMaxGateways = 2;  // one of each family
inline constexpr std::size_t kMaxForwards = 64;
inline constexpr std::size_t kMaxForwardedPorts = 1024;  // of all forwards of a container together
inline constexpr std::size_t kMaxPacketRules = 64;
inline constexpr std::size_t kMaxClassLimits = 16;  // one of each class
inline constexpr std::size_t kMaxCapabilities = 64;
inline constexpr std::size_t kMaxSysctls = 128;
inline constexpr std::size_t kMaxRlimits = 16;
inline constexpr std::size_t kMaxLabels = 64;
inline constexpr std::size_t kMaxHugePageSizes = 8;
inline constexpr std::size_t kMaxCredentials = 64;
inline constexpr std::size_t kMaxDevices = 32;
inline constexpr std::size_t kMaxFeatures = 4;

inline constexpr std::size_t kMaxPoolPrefixes = 1024;  // of the host
inline constexpr std::size_t kMaxDiskPools = 256;      // of the host

// Texts: bytes.
inline constexpr std::size_t kMaxArgument = 16384;
inline constexpr std::size_t kMaxEnvironmentName = 256;
inline constexpr std::size_t kMaxEnvironmentValue = 16384;
inline constexpr std::size_t kMaxHostname = 64;  // __NEW_UTS_LEN of the kernel
inline constexpr std::size_t kMaxPath = 4095;    // PATH_MAX without its NUL
inline constexpr std::size_t kMaxUserName = 32;  // and of a group's
inline constexpr std::size_t kMaxSysctlName = 256;
inline constexpr std::size_t kMaxSysctlValue = 1024;
inline constexpr std::size_t kMaxLabelKey = 128;
inline constexpr std::size_t kMaxLabelValue = 1024;
inline constexpr std::size_t kMaxNote = 4096;
inline constexpr std::size_t kMaxExternalId = 128;
inline constexpr std::size_t kMaxTimeZone = 64;
inline constexpr std::size_t kMaxLocale = 64;
inline constexpr std::size_t kMaxUserData = 65536;  // and other documents of cloud-init
inline constexpr std::size_t kMaxCredentialName = 128;
inline constexpr std::size_t kMaxCredential = 16384;
inline constexpr std::size_t kMaxNumberList = 4096;  // "0-3,8"
inline constexpr std::size_t kMaxThreshold = 256;
inline constexpr std::size_t kMaxPacketRule = 1024;
inline constexpr std::size_t kMaxHook = 8192;
inline constexpr std::size_t kMaxName = 63;           // containers, tenants, templates
inline constexpr std::size_t kMaxSpecBytes = 524288;  // of the JSON text of one whole specification

inline constexpr std::size_t kMaxErrors = 64;  // reported at once

// Numbers.
inline constexpr std::uint64_t kMinMemory = std::uint64_t{4} << 20;
inline constexpr std::uint64_t kMaxMemory = std::uint64_t{1} << 60;
inline constexpr std::uint64_t kMinMilliCpu = 10;        // the kernel's shortest quota: 1 ms of each 100 ms
inline constexpr std::uint64_t kMaxMilliCpu = 8192'000;  // NR_CPUS of distribution kernels
inline constexpr std::uint64_t kMinBytesPerSecond = 4096;
inline constexpr std::uint64_t kMaxOperationsPerSecond = 1'000'000'000;
inline constexpr std::uint64_t kMaxTasks = 4'194'304;  // PID_MAX_LIMIT of the kernel
inline constexpr std::uint64_t kMaxFiles = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kMaxSockets = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kLeastDisk = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kMaxDisk = std::uint64_t{1} << 60;
inline constexpr std::uint64_t kLeastInodes = 64;  // a system writes that many before anybody logs in
inline constexpr std::uint64_t kMaxInodes = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kMaxBurstMicros = std::uint64_t{366} * 86400 * 1'000'000;
inline constexpr std::uint64_t kMaxBurstOperations = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kMinHugePage = std::uint64_t{64} << 10;
inline constexpr std::uint64_t kMaxHugePage = std::uint64_t{16} << 30;
inline constexpr std::uint64_t kMaxCpus = 8192;
inline constexpr unsigned kMaxVisibleCpus = 256;  // that croft-view shows
inline constexpr std::uint64_t kMaxNodes = 1024;  // MAX_NUMNODES of the kernel
inline constexpr std::uint64_t kMaxUid = 65535;   // of the container's own id range
inline constexpr std::uint64_t kMaxStopTimeout = 86400;
inline constexpr std::uint64_t kMaxBootDelay = 3600;
inline constexpr std::uint64_t kMaxHookTimeout = 3600;
inline constexpr unsigned kMaxBootOrder = 9999;
inline constexpr unsigned kMaxRestarts = 1000;
inline constexpr unsigned kMaxKeptSnapshots = 200;  // of those on schedule: others need room too
inline constexpr std::uint64_t kMaxRlimit = INT64_MAX;
inline constexpr unsigned kMinMtu = 1280;  // of IPv6 (RFC 8200)
inline constexpr unsigned kMaxMtu = 65535;
inline constexpr unsigned kMaxQueues = 64;
inline constexpr unsigned kMaxConnections = 1'000'000;
inline constexpr unsigned kMaxVlan = 4094;  // IEEE 802.1Q: 0 and 4095 are none
inline constexpr int kMinOomScore = -1000;
inline constexpr int kMaxOomScore = 1000;

}  // namespace croft::ctl
