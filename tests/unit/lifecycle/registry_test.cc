#include "ctl/lifecycle/registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using runtime::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Json manifest(std::initializer_list<const char*> layers) {
  Json json{{"layers", Json::array()}};
  for (const char* layer : layers) json["layers"].push_back(layer);
  return json;
}

TEST_F(RegistryTest, ACreatedContainerIsThereAfterReopening) {
  registry->add_template("debian-12", manifest({"sha256:a", "sha256:b"}), draft("template.imported"));
  NewContainer wanted = container("web1");
  wanted.template_name = "debian-12";
  registry->embed_pool({"10.0.0.0/28", "fd00::/112"});
  wanted.pool = "default";
  const ContainerRecord made = registry->create_container(wanted, draft("container.created"));
  EXPECT_EQ(made.uuid.size(), 36U);
  EXPECT_EQ(made.uuid[14], '4');
  EXPECT_EQ(made.state, State::kConfigured);
  EXPECT_EQ(made.revision, 1U);
  EXPECT_EQ(made.id_base, kFirstIdBase);
  EXPECT_THAT(made.addresses, ElementsAre("10.0.0.1", "fd00::1"));
  EXPECT_THAT(made.layers, ElementsAre("sha256:a", "sha256:b"));
  reopen();
  const Json before = export_container(made);
  EXPECT_EQ(export_container(registry->get("web1")), before);
  EXPECT_EQ(export_container(registry->get(made.uuid, "elsewhere")), before);
  registry->check();
}

TEST_F(RegistryTest, FilesAreForTheDaemonAlone) {
  registry->create_container(container("web1"), draft("container.created"));
  using std::filesystem::perms;
  for (const char* end : {"", "-wal"}) {
    const perms mode = std::filesystem::status(path + end).permissions();
    EXPECT_EQ(mode & (perms::group_all | perms::others_all), perms::none) << end;
  }
}

TEST_F(RegistryTest, ARehearsalTellsWhatWouldBeAndLeavesNothing) {
  const ContainerRecord web1 = registry->create_container(container("web1"), draft("container.created"));
  const auto last = registry->last_event();
  EventDraft event = draft("x");
  event.rehearsal = true;
  NewContainer wanted = container("web2");
  registry->embed_pool({"10.0.0.0/28"});
  wanted.pool = "default";
  for (int i = 0; i < 2; ++i) {
    const ContainerRecord made = registry->create_container(wanted, event);
    EXPECT_EQ(made.id_base, web1.id_base + kIdRangeSize);
    EXPECT_THAT(made.addresses, ElementsAre("10.0.0.1"));
    EXPECT_EQ(registry->rename(web1.uuid, {}, "other", event).name, "other");
    EXPECT_EQ(registry->begin_destroy(web1.uuid, event).state, State::kDestroying);
    registry->add_tenant(tenant("acme"), event);
  }
  EXPECT_STREQ(error_of([&] { registry->create_container(container("web1"), event); }).what(),
               "there is a container `default/web1` already");
  EXPECT_EQ(error_of([&] { registry->rename(web1.uuid, 7, "other", event); }).kind(), ErrorKind::kConflict);
  EXPECT_EQ(error_of([&] { registry->remove_tenant("default", event); }).kind(), ErrorKind::kRefused);
  EXPECT_EQ(registry->last_event(), last);
  EXPECT_EQ(export_container(registry->get("web1")), export_container(web1));
  EXPECT_EQ(registry->containers().size(), 1U);
  EXPECT_EQ(registry->tenants().size(), 1U);
  EXPECT_FALSE(registry->is_tombstone(web1.uuid));
}

TEST_F(RegistryTest, WhatCannotBeCreatedLeavesNothing) {
  registry->create_container(container("web1"), draft("container.created"));
  const auto last = registry->last_event();
  const auto taken = error_of([&] { registry->create_container(container("web1"), draft("x")); });
  EXPECT_EQ(taken.kind(), ErrorKind::kExists);
  EXPECT_STREQ(taken.what(), "there is a container `default/web1` already");
  EXPECT_EQ(error_of([&] { registry->create_container(container("a", "nobody"), draft("x")); }).kind(),
            ErrorKind::kNotFound);
  NewContainer no_template = container("a");
  no_template.template_name = "missing";
  EXPECT_EQ(error_of([&] { registry->create_container(no_template, draft("x")); }).kind(),
            ErrorKind::kNotFound);
  registry->embed_pool({"10.0.0.0/28"});
  NewContainer no_pool = container("a");
  no_pool.pool = "missing";
  EXPECT_EQ(error_of([&] { registry->create_container(no_pool, draft("x")); }).kind(), ErrorKind::kNotFound);
  NewContainer twice = container("a");
  twice.addresses = {"10.0.0.2", "10.0.0.2"};
  EXPECT_EQ(error_of([&] { registry->create_container(twice, draft("x")); }).kind(), ErrorKind::kExists);
  EXPECT_EQ(error_of([&] { registry->create_container(container("A b"), draft("x")); }).kind(),
            ErrorKind::kInvalid);
  EXPECT_EQ(registry->containers().size(), 1U);
  EXPECT_EQ(registry->last_event(), last);
  // The failed one took an id range and an address back with it.
  NewContainer next = container("a");
  next.pool = "default";
  const ContainerRecord made = registry->create_container(next, draft("container.created"));
  EXPECT_EQ(made.id_base, kFirstIdBase + kIdRangeSize);
  EXPECT_THAT(made.addresses, ElementsAre("10.0.0.1"));
}

TEST_F(RegistryTest, NamesAreUniqueInTheirTenantOnly) {
  registry->add_tenant(tenant("acme"), draft("tenant.created"));
  const auto ours = registry->create_container(container("web1"), draft("container.created"));
  const auto theirs = registry->create_container(container("web1", "acme"), draft("container.created"));
  EXPECT_NE(ours.uuid, theirs.uuid);
  EXPECT_EQ(registry->get("web1", "acme").uuid, theirs.uuid);
  EXPECT_EQ(registry->find("web2"), std::nullopt);
  EXPECT_STREQ(error_of([&] { (void)registry->get("x\x1b", "acme"); }).what(),
               "there is no container `acme/x?`; `croft list -A` shows which there are");
}

TEST_F(RegistryTest, ListsAreOrderedFilteredAndPaged) {
  registry->add_tenant(tenant("acme"), draft("tenant.created"));
  for (int i = 0; i < 7; ++i)
    registry->create_container(container("c" + std::to_string(i), i < 3 ? "acme" : "default"),
                               draft("created"));
  registry->note_state(registry->get("c5").uuid, note(State::kReady), draft("container.ready"));
  ContainerFilter of_acme;
  of_acme.tenant = "acme";
  EXPECT_EQ(registry->containers(of_acme).size(), 3U);
  ContainerFilter ready;
  ready.state = State::kReady;
  ASSERT_EQ(registry->containers(ready).size(), 1U);
  EXPECT_EQ(registry->containers(ready)[0].name, "c5");
  ContainerFilter page;
  page.limit = 3;
  std::vector<std::string> seen;
  for (auto part = registry->containers(page); !part.empty(); part = registry->containers(page)) {
    for (const auto& record : part) seen.push_back(record.uuid);
    page.after_uuid = seen.back();
  }
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_F(RegistryTest, ASpecChangesUnderItsRevision) {
  const auto made = registry->create_container(container("web1"), draft("container.created"));
  Json spec = made.spec.json();
  spec["memory"]["limit"] = 2048;
  const auto changed = registry->update_spec(made.uuid, 1, spec, draft("container.set"));
  EXPECT_EQ(changed.revision, 2U);
  EXPECT_EQ(registry->get("web1").spec.json(), spec);
  const auto stale =
      error_of([&] { registry->update_spec(made.uuid, 1, made.spec.json(), draft("container.set")); });
  EXPECT_EQ(stale.kind(), ErrorKind::kConflict);
  EXPECT_THAT(stale.what(), HasSubstr("it has revision 2, not 1"));
  // Nothing new is no event and no new revision.
  EXPECT_EQ(registry->update_spec(made.uuid, {}, spec, draft("container.set")).revision, 2U);
  const auto events = registry->events_after(1, 10);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].before, Json({{"memory.limit", 1 << 30}}));
  EXPECT_EQ(events[0].after, Json({{"memory.limit", 2048}}));
}

TEST_F(RegistryTest, RenamingKeepsTheUuid) {
  const auto made = registry->create_container(container("web1"), draft("container.created"));
  registry->create_container(container("web2"), draft("container.created"));
  EXPECT_EQ(error_of([&] { registry->rename(made.uuid, {}, "web2", draft("x")); }).kind(),
            ErrorKind::kExists);
  EXPECT_EQ(error_of([&] { registry->rename(made.uuid, 7, "web3", draft("x")); }).kind(),
            ErrorKind::kConflict);
  registry->rename(made.uuid, 1, "web3", draft("container.renamed"));
  EXPECT_EQ(registry->get("web3").uuid, made.uuid);
  EXPECT_EQ(registry->find("web1"), std::nullopt);
  const Event event = registry->events_after(2, 1).at(0);
  EXPECT_EQ(event.object, "default/web1");
  EXPECT_EQ(event.after, Json({{"name", "web3"}}));
}

TEST_F(RegistryTest, StatesMoveAsTheTableSays) {
  const auto made = registry->create_container(container("web1"), draft("container.created"));
  EXPECT_EQ(error_of([&] { registry->note_state(made.uuid, note(State::kRunning), draft("x")); }).kind(),
            ErrorKind::kConflict);
  registry->note_state(made.uuid, note(State::kReady), draft("container.ready"));
  StateNote start = note(State::kRunning);
  start.generation = 1;
  start.started = "2026-11-02T10:00:00.000000Z";
  registry->note_state(made.uuid, start, draft("container.started"));
  StateNote stop = note(State::kFailed, "init was killed");
  stop.last_exit = Json{{"kind", "killed"}, {"status", 9}};
  const auto failed = registry->note_state(made.uuid, stop, draft("container.failed"));
  EXPECT_EQ(failed.generation, 1U);
  EXPECT_EQ(failed.revision, 1U);
  reopen();
  EXPECT_EQ(export_container(registry->get("web1")), export_container(failed));
  EXPECT_EQ(failed.last_exit["status"], 9);
  const Event event = registry->events_after(3, 1).at(0);
  EXPECT_EQ(event.before, Json({{"state", "running"}}));
  EXPECT_EQ(event.after, Json({{"state", "failed"}, {"reason", "init was killed"}}));
}

TEST_F(RegistryTest, DestroyingIsAnIntentAndAnEnd) {
  const auto made = registry->create_container(container("web1"), draft("container.created"));
  EXPECT_EQ(error_of([&] { registry->finish_destroy(made.uuid, draft("x")); }).kind(), ErrorKind::kConflict);
  registry->note_state(made.uuid, note(State::kReady), draft("container.ready"));
  registry->note_state(made.uuid, note(State::kRunning), draft("container.started"));
  EXPECT_THAT(error_of([&] { registry->begin_destroy(made.uuid, draft("x")); }).what(),
              HasSubstr("stop it first"));
  registry->note_state(made.uuid, note(State::kStopped), draft("container.stopped"));
  EXPECT_FALSE(registry->is_tombstone(made.uuid));
  registry->begin_destroy(made.uuid, draft("container.destroying"));
  EXPECT_TRUE(registry->is_tombstone(made.uuid));
  const auto last = registry->last_event();
  registry->begin_destroy(made.uuid, draft("container.destroying"));
  EXPECT_EQ(registry->last_event(), last);
  registry->note_reason(made.uuid, "cannot remove cgroup x", draft("container.destroying"));
  reopen();
  EXPECT_EQ(registry->get("web1").reason, "cannot remove cgroup x");
  EXPECT_EQ(error_of([&] { registry->rename(made.uuid, {}, "other", draft("x")); }).kind(),
            ErrorKind::kConflict);
  EXPECT_EQ(error_of([&] { registry->create_container(container("web1"), draft("x")); }).kind(),
            ErrorKind::kExists);
  registry->finish_destroy(made.uuid, draft("container.destroyed"));
  EXPECT_EQ(registry->find("web1"), std::nullopt);
  EXPECT_EQ(error_of([&] { registry->finish_destroy(made.uuid, draft("x")); }).kind(), ErrorKind::kNotFound);
  EXPECT_NE(registry->create_container(container("web1"), draft("container.created")).uuid, made.uuid);
  registry->check();
}

TEST_F(RegistryTest, WhatAPlanWasIsKeptWithItsContainer) {
  NewContainer wanted = container("web1");
  wanted.plan_values = {{"cpu", {{"share", 5}}}};
  const ContainerRecord made = registry->create_container(wanted, draft("container.created"));
  reopen();
  EXPECT_EQ(registry->get("web1").plan_values, wanted.plan_values);
  const Json next{{"cpu", {{"share", 7}}}};
  Json spec = made.spec.json();
  spec["hostname"] = "a";
  registry->update_spec(made.uuid, {}, spec, draft("container.changed"));
  EXPECT_EQ(registry->get("web1").plan_values, wanted.plan_values);
  // Also when no setting changes with it: all of them may be the container's own.
  registry->update_spec(made.uuid, {}, spec, draft("container.changed"), next);
  EXPECT_EQ(registry->get("web1").plan_values, next);
  EXPECT_EQ(registry->get("web1").revision, made.revision + 1);
  registry->update_spec(made.uuid, {}, spec, draft("container.changed"), Json());
  reopen();
  EXPECT_TRUE(registry->get("web1").plan_values.is_null());
}

TEST_F(RegistryTest, TenantsInUseStay) {
  registry->add_tenant(tenant("acme"), draft("tenant.created"));
  EXPECT_EQ(error_of([&] { registry->add_tenant(tenant("acme"), draft("x")); }).kind(), ErrorKind::kExists);
  EXPECT_EQ(error_of([&] { registry->add_tenant(tenant("No"), draft("x")); }).kind(), ErrorKind::kInvalid);
  for (const char* name : {"a", "b", "c", "d", "e"})
    registry->create_container(container(name, "acme"), draft("container.created"));
  const auto busy = error_of([&] { registry->remove_tenant("acme", draft("x")); });
  EXPECT_EQ(busy.kind(), ErrorKind::kBusy);
  EXPECT_STREQ(busy.what(), "tenant `acme` has `acme/a`, `acme/b`, `acme/c` and 2 more; destroy them first");
  EXPECT_EQ(registry->find_tenant("acme")->containers, 5U);
  for (const auto& record : registry->containers()) {
    registry->begin_destroy(record.uuid, draft("x"));
    registry->finish_destroy(record.uuid, draft("x"));
  }
  EXPECT_EQ(registry->change_tenant("acme", {{"plan", "x"}}, {}, draft("tenant.set")).labels["plan"], "x");
  registry->remove_tenant("acme", draft("tenant.removed"));
  EXPECT_EQ(error_of([&] { registry->remove_tenant("acme", draft("x")); }).kind(), ErrorKind::kNotFound);
  EXPECT_EQ(error_of([&] { registry->remove_tenant("default", draft("x")); }).kind(), ErrorKind::kRefused);
  ASSERT_EQ(registry->tenants().size(), 1U);
  EXPECT_EQ(registry->tenants()[0].name, "default");
}

TEST_F(RegistryTest, TemplatesInUseStayAndContainersKeepTheirLayers) {
  registry->add_template("base", manifest({"l1", "l2"}), draft("template.imported"));
  EXPECT_EQ(error_of([&] { registry->add_template("base", manifest({"l3"}), draft("x")); }).kind(),
            ErrorKind::kExists);
  EXPECT_EQ(error_of([&] {
              registry->add_template("bad", Json{{"layers", 1}}, draft("x"));
            }).kind(),
            ErrorKind::kInvalid);
  NewContainer wanted = container("web1");
  wanted.template_name = "base";
  const auto made = registry->create_container(wanted, draft("container.created"));
  EXPECT_STREQ(error_of([&] { registry->remove_template("base", draft("x")); }).what(),
               "template `base` is used by `default/web1`; destroy them first");
  EXPECT_EQ(registry->add_template("base", manifest({"l3"}), draft("template.built"), true).containers, 1U);
  EXPECT_THAT(registry->get("web1").layers, ElementsAre("l1", "l2"));
  EXPECT_THAT(registry->layers_in_use(), ElementsAre("l1", "l2", "l3"));
  registry->begin_destroy(made.uuid, draft("x"));
  registry->finish_destroy(made.uuid, draft("x"));
  EXPECT_THAT(registry->layers_in_use(), ElementsAre("l3"));
  registry->remove_template("base", draft("template.removed"));
  EXPECT_THAT(registry->layers_in_use(), IsEmpty());
  EXPECT_EQ(registry->find_template("base"), std::nullopt);
  EXPECT_EQ(error_of([&] { registry->remove_template("base", draft("x")); }).kind(), ErrorKind::kNotFound);
}

TEST_F(RegistryTest, WhatAnOperatorSetsIsKeptWithItsEvent) {
  EXPECT_EQ(registry->first_event(), 0U);
  registry->set_kept("webhook", "a", "first", draft("webhook.added"));
  EXPECT_EQ(registry->kept("webhook", "a"), "first");
  EventDraft rehearsal = draft("webhook.changed");
  rehearsal.rehearsal = true;
  registry->set_kept("webhook", "a", "second", rehearsal);
  registry->set_kept("webhook", "a", std::nullopt, rehearsal);
  EXPECT_EQ(registry->kept("webhook", "a"), "first");
  reopen();
  registry->set_kept("webhook", "a", std::nullopt, draft("webhook.removed"));
  EXPECT_EQ(registry->kept("webhook", "a"), std::nullopt);
  const std::vector<Event> events = registry->events_after(0, 10);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, "webhook.added");
  EXPECT_EQ(events[0].object, "a");
  EXPECT_EQ(events[1].kind, "webhook.removed");
  EXPECT_EQ(registry->first_event(), 1U);
}

TEST_F(RegistryTest, WhatTheApiKeepsIsKept) {
  registry->keep("operation", "1", "first");
  registry->keep("operation", "2", std::string("a\0b", 3));
  registry->keep("key", "1", "other");
  registry->keep("operation", "1", "second");
  reopen();
  EXPECT_EQ(registry->kept("operation", "1"), "second");
  EXPECT_EQ(registry->kept("operation", "3"), std::nullopt);
  const auto all = registry->all_kept("operation");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0], std::make_pair(std::string("1"), std::string("second")));
  EXPECT_EQ(all[1].second, std::string("a\0b", 3));
  registry->keep("operation", "2b", "third");
  EXPECT_EQ(registry->all_kept("operation", "2").size(), 2U);
  EXPECT_TRUE(registry->all_kept("operation", "b").empty());
  registry->forget("operation", "1");
  registry->forget("operation", "1");
  EXPECT_EQ(registry->kept("operation", "1"), std::nullopt);
  EXPECT_EQ(registry->last_event(), 0U);
}

}  // namespace
}  // namespace croft::ctl
