#include "cgroups/places.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace croft::cgroups {
namespace {

using runtime::FieldError;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Bytes kGiga{std::uint64_t{1} << 30};

Places two_nodes() {
  return {.cpus = "0-7",
          .nodes = "0-1",
          .memory = {{0, "0-3", {kGiga.count}}, {1, "4-7", {3 * kGiga.count}}},
          .huge_pages = {"1GB", "2MB"}};
}

TEST(Places, WhatIsThereIsAccepted) {
  Resources resources;
  EXPECT_THAT(misplaced(resources, two_nodes()), IsEmpty());
  resources.cpus = "0,5-7";
  resources.nodes = "1";
  resources.hugetlb["2MB"] = 1 << 21;
  EXPECT_THAT(misplaced(resources, two_nodes()), IsEmpty());
}

TEST(Places, EveryFieldThatIsOutsideIsNamed) {
  Resources resources;
  resources.cpus = "6-8";
  resources.nodes = "2";
  resources.hugetlb["64KB"] = 0;
  EXPECT_THAT(misplaced(resources, two_nodes()),
              ElementsAre(FieldError{"cpu.affinity", "is 6-8, but this host has the CPUs 0-7"},
                          FieldError{"memory.nodes", "is 2, but this host has the memory nodes 0-1"},
                          FieldError{"hugetlb.64K", "is given, but this host has huge pages of 1G, 2M"}));
  Places none = two_nodes();
  none.huge_pages.clear();
  EXPECT_EQ(misplaced(resources, none).back().message, "is given, but this host has no huge pages");
}

TEST(Places, TheNodeWithMostFreeMemoryIsChosen) {
  std::vector<MemoryNode> nodes = two_nodes().memory;
  EXPECT_EQ(roomiest(nodes)->number, 1U);
  nodes[0].free = nodes[1].free;
  EXPECT_EQ(roomiest(nodes)->number, 0U) << "the first of equals";
  nodes.push_back({2, "", {9 * kGiga.count}});
  EXPECT_EQ(roomiest(nodes)->number, 0U) << "one without CPUs runs nothing";
  EXPECT_EQ(roomiest({}), nullptr);
}

TEST(Places, OnlyWhoAsksIsPlaced) {
  Resources resources;
  EXPECT_EQ(placed(resources, two_nodes()), resources);
  resources.numa_auto = true;
  const Resources chosen = placed(resources, two_nodes());
  EXPECT_EQ(chosen.cpus, "4-7");
  EXPECT_EQ(chosen.nodes, "1");
  EXPECT_TRUE(chosen.numa_auto);
}

class PlacesOfAHost : public testing::Test {
 protected:
  PlacesOfAHost() {
    std::string name = testing::TempDir() + "croft-test-places-XXXXXX";
    root_ = mkdtemp(name.data());
    write("devices/system/cpu/online", "0-3\n");
  }
  ~PlacesOfAHost() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path whole = root_ + "/" + path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }

  std::string root_;
};

TEST_F(PlacesOfAHost, NodesAndHugePagesAreRead) {
  write("devices/system/node/online", "0,2\n");
  for (const char* node : {"0", "2"}) {
    const std::string folder = std::string("devices/system/node/node") + node;
    write(folder + "/cpulist", node[0] == '0' ? "0-3\n" : "\n");
    write(folder + "/meminfo", "Node 0 MemTotal:  4096 kB\nNode 0 MemFree:    1024 kB\n");
  }
  for (const char* size : {"64kB", "2048kB", "1048576kB"})
    write(std::string("kernel/mm/hugepages/hugepages-") + size + "/nr_hugepages", "0\n");
  const Places places = read_places(root_);
  EXPECT_EQ(places.cpus, "0-3");
  EXPECT_EQ(places.nodes, "0,2");
  EXPECT_THAT(places.memory, ElementsAre(MemoryNode{0, "0-3", {1 << 20}}, MemoryNode{2, "", {1 << 20}}));
  EXPECT_THAT(places.huge_pages, ElementsAre("1GB", "2MB", "64KB"));
}

TEST_F(PlacesOfAHost, WithoutNodesThereIsOne) {
  const Places places = read_places(root_);
  EXPECT_EQ(places.nodes, "0");
  EXPECT_EQ(roomiest(places.memory)->cpus, "0-3");
  EXPECT_THAT(places.huge_pages, IsEmpty());
}

}  // namespace
}  // namespace croft::cgroups
