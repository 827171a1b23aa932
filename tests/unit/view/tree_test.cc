#include "fs/view/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "fs/view/caller.h"
#include "fs/view/group_text.h"

namespace croft::view {
namespace {

constexpr std::string_view kUuid = "0b9c1b9e-6b3b-4c56-9e0d-0123456789ab";

TEST(Tree, EveryEntryIsFoundByItsNameAndByItsNumber) {
  std::set<std::uint64_t> numbers;
  for (const Entry& entry : entries()) {
    const Node node = look_up({entry.directory, 0, 0}, entry.name, 4);
    EXPECT_EQ(node.kind, entry.kind) << entry.name;
    EXPECT_EQ(node_of(number_of(node)), node) << entry.name;
    numbers.insert(number_of(node));
  }
  EXPECT_EQ(numbers.size(), entries().size());
}

TEST(Tree, HasTheCpusThatAreSeen) {
  const Node cpus{Kind::kSysCpu, 0, 0};
  const Node third = look_up(cpus, "cpu3", 4);
  EXPECT_EQ(third, (Node{Kind::kCpu, 0, 3}));
  EXPECT_EQ(node_of(number_of(third)), third);
  EXPECT_EQ(look_up(cpus, "cpu4", 4).kind, Kind::kNone);
  for (const char* bad : {"cpu", "cpu03", "cpu-1", "cpu1x", "cpu99999999999", "cpufreq", ""})
    EXPECT_EQ(look_up(cpus, bad, 4).kind, Kind::kNone) << bad;
  EXPECT_EQ(look_up(look_up(third, "topology", 4), "core_id", 4), (Node{Kind::kCpuNumber, 0, 3}));
  EXPECT_EQ(look_up(third, "topology", 3).kind, Kind::kNone);
}

TEST(Tree, OtherNumbersAreNothing) {
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{0xff}, std::uint64_t{1} << 40, UINT64_MAX,
        number_of({Kind::kMeminfo, 0, 1}), number_of({Kind::kCpu, 0, 60000})})
    EXPECT_EQ(node_of(number).kind, Kind::kNone) << number;
}

TEST(Tree, EveryPlaceIsThere) {
  for (const Place& place : places()) {
    Node node{Kind::kRoot, 0, 0};
    std::string path = place.from;
    for (std::size_t from = 0; from <= path.size();) {
      const std::size_t end = std::min(path.find('/', from), path.size());
      node = look_up(node, path.substr(from, end - from), 1);
      from = end + 1;
    }
    EXPECT_NE(node.kind, Kind::kNone) << place.from;
  }
}

TEST(Caller, IsFoundInAnyHierarchy) {
  const std::string path = "croft.slice/default/" + std::string(kUuid);
  for (const std::string& text : {"0::/" + path + "\n", "12:cpu,cpuacct:/" + path + "\n0::/\n",
                                  "1:name=systemd:/elsewhere\n4:memory:/" + path + "/init.scope\n"}) {
    const Caller caller = find_caller(text, "croft.slice");
    EXPECT_EQ(caller.path, path) << text;
    EXPECT_EQ(caller.uuid, kUuid);
  }
}

TEST(Caller, TenantsWithinTenants) {
  const std::string path = "croft.slice/x.service/acme/dev.tenant/" + std::string(kUuid);
  const std::string text = "0::/" + path + "/a/b\n";
  EXPECT_EQ(find_caller(text, "croft.slice/x.service").path, path);
}

// A group that it makes itself, with the name of another container, is its own doing.
TEST(Caller, TheFirstOneIsTheContainers) {
  const std::string path = "croft.slice/default/" + std::string(kUuid);
  const std::string text = "0::/" + path + "/ffffffff-6b3b-4c56-9e0d-0123456789ab\n";
  const Caller caller = find_caller(text, "croft.slice");
  EXPECT_EQ(caller.path, path);
}

TEST(Caller, OthersAreInNone) {
  const std::string uuid(kUuid);
  for (const std::string& text :
       {std::string(), std::string("0::/\n"), std::string("0::/croft.slice\n"),
        "0::/croft.slicex/default/" + uuid + "\n", "0::/other/croft.slice/default/" + uuid + "\n",
        "0::croft.slice/default/" + uuid + "\n", std::string("0::/croft.slice/default/not-a-uuid\n"),
        "0:/croft.slice/default/" + uuid + "\n"})
    EXPECT_TRUE(find_caller(text, "croft.slice").uuid.empty()) << text;
}

TEST(GroupText, PagesOfEitherVersion) {
  Pages two;
  read_pages(
      "anon 1\nfile 2\nshmem 3\nfile_mapped 4\ninactive_file 5\nslab_reclaimable 6\npgfault 7\nunknown 8\n",
      two);
  EXPECT_EQ(two.anonymous, 1U);
  EXPECT_EQ(two.file, 2U);
  EXPECT_EQ(two.shared, 3U);
  EXPECT_EQ(two.mapped, 4U);
  EXPECT_EQ(two.inactive_file, 5U);
  EXPECT_EQ(two.slab_reclaimable, 6U);
  EXPECT_EQ(two.faults, 7U);
  Pages one;
  read_pages(
      "cache 1\nrss 2\nhierarchical_memory_limit 9\ntotal_cache 11\ntotal_rss 12\ntotal_inactive_file 13\n",
      one);
  EXPECT_EQ(one.file, 11U);
  EXPECT_EQ(one.anonymous, 12U);
  EXPECT_EQ(one.inactive_file, 13U);
}

TEST(GroupText, DisksOfEitherVersion) {
  std::array<Disk, 2> disks{};
  EXPECT_EQ(read_disks("8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n", true, disks, 0), 1U);
  EXPECT_EQ(disks[0].written_bytes, 2U);
  EXPECT_EQ(disks[0].reads, 3U);
  std::size_t count = read_disks("8:16 Read 10\n8:16 Write 20\n8:16 Total 30\nTotal 30\n", true, disks, 0);
  count = read_disks("8:16 Read 1\n8:16 Write 2\n", false, disks, count);
  EXPECT_EQ(count, 1U);
  EXPECT_EQ(disks[0].read_bytes, 10U);
  EXPECT_EQ(disks[0].written_bytes, 20U);
  EXPECT_EQ(disks[0].writes, 2U);
  EXPECT_EQ(read_disks("1:1 Read 1\n1:2 Read 1\n1:3 Read 1\n", true, disks, 0), 2U);
}

TEST(GroupText, DisksThatTheHostDoesNotNameAreLeftOut) {
  std::array<Disk, 3> disks{};
  const std::size_t count = read_disks("8:0 Read 1\n9:9 Read 2\n", true, disks, 0);
  ASSERT_EQ(name_disks("   8       0 sda 1 2 3\n   8       1 sda1 1 2 3\n", disks, count), 1U);
  EXPECT_STREQ(disks[0].name.data(), "sda");
}

TEST(GroupText, HostMemory) {
  const HostMemory memory = read_host_memory(
      "MemTotal:        1000 kB\nMemFree:  5 kB\nMemAvailable:    500 kB\nSwapTotal: 7 kB\n");
  EXPECT_EQ(memory.total, 1000U * 1024);
  EXPECT_EQ(memory.available, 500U * 1024);
  EXPECT_EQ(memory.swap_total, 7U * 1024);
}

}  // namespace
}  // namespace croft::view
