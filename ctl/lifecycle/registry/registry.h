// The registry: the one place where Croft remembers what exists. An SQLite database; every method is one
// transaction, so a change is there whole or not at all, together with its event.
//
// Every change survives the daemon's own death. Loss of power is another matter: methods called durable
// return when the change is on the disk; the others (quick: run states) are not waited for, since run states
// are found again from what runs. All changes are in one log in the order they were made: a later one never
// survives without an earlier one.
//
// A change whose event is a rehearsal throws and returns what it would, and leaves nothing behind.
//
// All methods may be called from any thread and throw runtime::Error. A `ref` is a uuid or a name in a
// tenant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/lifecycle/registry/records.h"

namespace croft::ctl {

struct RegistryOptions {
  std::string path;                     // of the database; the directory must exist
  std::size_t journal_limit = 100'000;  // events kept; numbers go on for ever
  int busy_ms = 5000;                   // how long to wait at start for a process that still has the database
  std::function<std::string()> now{};   // RFC 3339 with microseconds, UTC; empty: the system's clock
  std::function<void()> on_event{};     // called after a commit that added an event, outside of all locks
};

class Registry {
 public:
  // Opens or makes the database. Errors: kUnsupported when a newer Croft wrote it, kBusy when another process
  // has it, kSystem when it is damaged.
  explicit Registry(RegistryOptions options);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // --- containers
  // Record, id range, addresses, forwarded ports and event, durable. kExists: the name, an address or a port
  // is taken; kNotFound: no such tenant or template; kExhausted: no id range or address is left.
  ContainerRecord create_container(const NewContainer& wanted, const EventDraft& event);
  [[nodiscard]] std::optional<ContainerRecord> find(std::string_view ref,
                                                    std::string_view tenant = "default") const;
  // As find, but kNotFound when there is none.
  [[nodiscard]] ContainerRecord get(std::string_view ref, std::string_view tenant = "default") const;
  // Ordered by uuid.
  [[nodiscard]] std::vector<ContainerRecord> containers(const ContainerFilter& filter = {}) const;
  // Durable. kConflict when `expected_revision` is given and is not the record's; kExists when a port to be
  // forwarded is taken. `plan_values`, when given,
  // is what a plan's values are from now on; null forgets them.
  ContainerRecord update_spec(std::string_view uuid, std::optional<std::uint64_t> expected_revision,
                              const Json& spec, const EventDraft& event,
                              const std::optional<Json>& plan_values = {});
  // Durable. kExists when the name is taken in the tenant; kConflict as above.
  ContainerRecord rename(std::string_view uuid, std::optional<std::uint64_t> expected_revision,
                         std::string_view name, const EventDraft& event);
  // Quick. kConflict for a move that states.h does not allow.
  ContainerRecord note_state(std::string_view uuid, const StateNote& note, const EventDraft& event);
  // Quick. Changes only the reason, for instance what a teardown is stuck at.
  ContainerRecord note_reason(std::string_view uuid, std::string_view reason, const EventDraft& event);
  // The intent to destroy, durable; the uuid will never be used again. A container that is being destroyed
  // already is returned as it is.
  ContainerRecord begin_destroy(std::string_view uuid, const EventDraft& event);
  // When nothing is left on the host: forgets the record and frees its id range, addresses and name. Quick,
  // since recovery repeats a teardown whose end was lost. kConflict without begin_destroy.
  void finish_destroy(std::string_view uuid, const EventDraft& event);
  // Whether this uuid belonged to a container that was destroyed.
  [[nodiscard]] bool is_tombstone(std::string_view uuid) const;
  // An administrative lock (JSON as in ContainerRecord), or null without one. Durable.
  ContainerRecord set_suspended(std::string_view uuid, const Json& suspended, const EventDraft& event);
  // Into the trash (JSON as in ContainerRecord), where nobody finds it by its name; or out of it, with null
  // and the name that it gets. Durable. kExists when somebody has that name.
  ContainerRecord set_trashed(std::string_view uuid, const Json& trashed, std::string_view name,
                              const EventDraft& event);
  // Another template, with the layers that it has now. Durable. kNotFound when there is none of that name.
  ContainerRecord set_template(std::string_view uuid, std::string_view name, const EventDraft& event);
  // The intent to give a running container other addresses, quick: those that it is to have are lent to it
  // beside what it has, until update_spec with this specification takes them over. Returns what it will be
  // then.
  ContainerRecord begin_readdress(std::string_view uuid, const Json& spec);
  // What was begun and came to no end.
  [[nodiscard]] std::optional<ContainerRecord> begun_readdress(const ContainerRecord& record) const;
  // Forgets it, and takes back what was lent.
  void end_readdress(std::string_view uuid);

  // --- templates (durable)
  // kExists when there is one of that name, unless `replace`: containers keep the layers they were made from.
  TemplateRecord add_template(std::string_view name, const Json& manifest, const EventDraft& event,
                              bool replace = false);
  [[nodiscard]] std::optional<TemplateRecord> find_template(std::string_view name) const;
  [[nodiscard]] std::vector<TemplateRecord> templates() const;  // by name
  // kBusy, naming the containers, while some are made from it.
  void remove_template(std::string_view name, const EventDraft& event);
  // Layers that a template or a container refers to; all others may be deleted. Sorted.
  [[nodiscard]] std::vector<std::string> layers_in_use() const;

  // --- tenants (durable); `default` is always there
  // kExists: the name is taken; kNotFound: no such parent; kRefused: it would be deeper than kMaxTenantDepth.
  TenantRecord add_tenant(const NewTenant& wanted, const EventDraft& event);
  [[nodiscard]] std::optional<TenantRecord> find_tenant(std::string_view name) const;
  [[nodiscard]] std::vector<TenantRecord> tenants() const;  // by name
  // From the outermost tenant to `name` itself. kNotFound when there is none.
  [[nodiscard]] std::vector<std::string> lineage(std::string_view name) const;
  TenantRecord change_tenant(std::string_view name, const Json& labels, const cgroups::Resources& resources,
                             const EventDraft& event);
  // kBusy, naming them, while it has containers or tenants; kRefused for `default`.
  void remove_tenant(std::string_view name, const EventDraft& event);

  // --- address pools (durable): prefixes under a name
  // The prefixes of the pool `default` that the daemon's options name, in place of those that they named
  // before; what is leased from these stays leased. Those that are new have NAT. kExists when one overlaps an
  // operator's. No event: no operator did it.
  void embed_pool(const std::vector<std::string>& prefixes);
  // Adds to a pool, or makes it. kExists when it overlaps one that is there; kExhausted beyond
  // kMaxPoolPrefixes.
  PoolRecord add_pool(std::string_view name, std::string_view prefix, bool nat, const EventDraft& event);
  // Of one prefix of it, or without one of all. Returns it as it was before.
  PoolRecord set_pool(std::string_view name, std::string_view prefix, bool nat, const EventDraft& event);
  [[nodiscard]] std::optional<PoolRecord> find_pool(std::string_view name) const;
  [[nodiscard]] std::vector<PoolRecord> pools() const;  // by name
  // One prefix of it, or without one all that are not embedded. kBusy, naming who, while something is leased;
  // kRefused for what is embedded.
  void remove_pool(std::string_view name, std::string_view prefix, const EventDraft& event);
  // Of everybody, ordered by container and position.
  [[nodiscard]] std::vector<LeaseRecord> leases() const;

  // --- pools for containers' files (durable); `default`, the data directory's own place, has no record
  // What is to be made, in the state kMaking. kExists when the name or the directory is taken.
  DiskPoolRecord add_disk_pool(const DiskPoolRecord& wanted, const EventDraft& event);
  // From kMaking or kGrowing to kReady; and to kGrowing with the size to come. kConflict for other moves.
  DiskPoolRecord note_disk_pool(std::string_view name, DiskPoolState state, std::uint64_t bytes,
                                const EventDraft& event);
  [[nodiscard]] std::optional<DiskPoolRecord> find_disk_pool(std::string_view name) const;
  [[nodiscard]] std::vector<DiskPoolRecord> disk_pools() const;  // by name
  // The intent to remove it, from which on no container can be made in it. kBusy, naming them, while it has
  // containers; kNotFound when there is none.
  DiskPoolRecord begin_remove_disk_pool(std::string_view name, const EventDraft& event);
  // When nothing is left of it.
  void finish_remove_disk_pool(std::string_view name, const EventDraft& event);

  // --- events
  // Quick. For what is not a change of the registry. Returns the event's number.
  std::uint64_t append_event(const EventDraft& event, std::string_view object, std::string_view uuid = {});
  // Numbers after+1 and on, oldest first. kNotFound, naming the first one kept, when `after`+1 is gone.
  [[nodiscard]] std::vector<Event> events_after(std::uint64_t after, std::size_t limit) const;
  [[nodiscard]] std::uint64_t first_event() const;  // that is kept; 0 when there is none
  [[nodiscard]] std::uint64_t last_event() const;   // 0 when there is none
  // What was changed, also when events_after has it no more: everything but what resources tell. Of one
  // object, "acme/web1" or a uuid, and of all that was called so or has been it under another name; of
  // everything when it is empty. Oldest first.
  [[nodiscard]] std::vector<Event> history(std::string_view object, std::uint64_t after,
                                           std::size_t limit) const;

  // --- what the API keeps (Backend::keep): quick
  void keep(std::string_view kind, std::string_view key, std::string_view text);
  [[nodiscard]] std::optional<std::string> kept(std::string_view kind, std::string_view key) const;
  // Those whose keys begin so, oldest first.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> all_kept(std::string_view kind,
                                                                          std::string_view prefix = {}) const;
  void forget(std::string_view kind, std::string_view key);
  // What an operator set, with its event, durable: keeps `text`, or forgets it where there is none.
  void set_kept(std::string_view kind, std::string_view key, const std::optional<std::string>& text,
                const EventDraft& event);

  // --- upkeep
  // Moves the write-ahead log into the database; for an idle moment. Commits do it themselves when the log is
  // long.
  void checkpoint();
  // PRAGMA integrity_check: throws Error kSystem with what it found.
  void check() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace croft::ctl
