// Pools for containers' files, as the registry remembers them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/error.h"
#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using testing::HasSubstr;

struct DiskPools : RegistryTest {
  static DiskPoolRecord pool(const std::string& name) {
    DiskPoolRecord wanted;
    wanted.name = name;
    wanted.kind = "xfs";
    wanted.directory = "/srv/croft-" + name;
    wanted.bytes = 1U << 30;
    return wanted;
  }
  DiskPoolRecord make(const std::string& name) {
    registry->add_disk_pool(pool(name), draft("disk-pool.making"));
    return registry->note_disk_pool(name, DiskPoolState::kReady, 1U << 30, draft("disk-pool.created"));
  }
  static NewContainer within(const std::string& name, const std::string& pool) {
    NewContainer wanted = container(name);
    Json spec = wanted.spec.json();
    spec["pool"] = pool;
    wanted.spec = spec;
    return wanted;
  }
  template <class Body>
  static ErrorKind kind_of(Body body) {
    try {
      body();
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::kSystem;
  }
};

TEST_F(DiskPools, AreThereAfterTheDaemonsDeath) {
  make("fast");
  registry->note_disk_pool("fast", DiskPoolState::kGrowing, 2U << 30, draft("disk-pool.growing"));
  reopen();
  const DiskPoolRecord found = registry->find_disk_pool("fast").value();
  EXPECT_EQ(found.kind, "xfs");
  EXPECT_EQ(found.directory, "/srv/croft-fast");
  EXPECT_EQ(found.bytes, 2U << 30);
  EXPECT_EQ(found.state, DiskPoolState::kGrowing);
  EXPECT_EQ(registry->disk_pools().size(), 1U);
}

TEST_F(DiskPools, NamesAndDirectoriesAreTakenOnce) {
  make("fast");
  EXPECT_EQ(kind_of([&] { registry->add_disk_pool(pool("fast"), draft("x")); }), ErrorKind::kExists);
  EXPECT_EQ(kind_of([&] { registry->add_disk_pool(pool("default"), draft("x")); }), ErrorKind::kExists);
  DiskPoolRecord same = pool("other");
  same.directory = "/srv/croft-fast";
  EXPECT_EQ(kind_of([&] { registry->add_disk_pool(same, draft("x")); }), ErrorKind::kExists);
  EXPECT_EQ(kind_of([&] { registry->add_disk_pool(pool("No Name"), draft("x")); }), ErrorKind::kInvalid);
}

TEST_F(DiskPools, TakeContainersWhileTheyAreThere) {
  registry->add_disk_pool(pool("fast"), draft("disk-pool.making"));
  const auto create = [&] { registry->create_container(within("web1", "fast"), draft("container.created")); };
  EXPECT_EQ(kind_of(create), ErrorKind::kConflict) << "not made yet";
  registry->note_disk_pool("fast", DiskPoolState::kReady, 1U << 30, draft("disk-pool.created"));
  create();
  EXPECT_EQ(registry->find_disk_pool("fast")->containers, 1U);
  EXPECT_EQ(kind_of([&] { registry->create_container(within("web2", "none"), draft("x")); }),
            ErrorKind::kNotFound);
}

TEST_F(DiskPools, AreRemovedWhenTheyAreEmpty) {
  make("fast");
  const std::string uuid = registry->create_container(within("web1", "fast"), draft("x")).uuid;
  try {
    registry->begin_remove_disk_pool("fast", draft("disk-pool.removing"));
    ADD_FAILURE() << "removed with a container in it";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBusy);
    EXPECT_THAT(error.what(), HasSubstr("default/web1"));
  }
  registry->begin_destroy(uuid, draft("x"));
  registry->finish_destroy(uuid, draft("x"));
  registry->begin_remove_disk_pool("fast", draft("disk-pool.removing"));
  registry->begin_remove_disk_pool("fast", draft("disk-pool.removing"));
  EXPECT_EQ(kind_of([&] { registry->create_container(within("web2", "fast"), draft("x")); }),
            ErrorKind::kConflict);
  EXPECT_EQ(kind_of([&] { registry->note_disk_pool("fast", DiskPoolState::kReady, 1, draft("x")); }),
            ErrorKind::kConflict);
  registry->finish_remove_disk_pool("fast", draft("disk-pool.removed"));
  EXPECT_FALSE(registry->find_disk_pool("fast"));
}

TEST_F(DiskPools, ARehearsalLeavesNothing) {
  EventDraft event = draft("disk-pool.making");
  event.rehearsal = true;
  EXPECT_EQ(registry->add_disk_pool(pool("fast"), event).name, "fast");
  EXPECT_TRUE(registry->disk_pools().empty());
}

}  // namespace
}  // namespace croft::ctl
