#include "ctl/lifecycle/engine.h"

#include <cstdio>

#include "ctl/lifecycle/boot.h"
#include "ctl/lifecycle/context.h"
#include "ctl/lifecycle/end.h"
#include "ctl/lifecycle/metering.h"
#include "ctl/lifecycle/notices.h"
#include "ctl/lifecycle/recover.h"
#include "ctl/lifecycle/refusals.h"
#include "ctl/lifecycle/snapshot_schedule.h"
#include "ctl/lifecycle/traffic_upkeep.h"
#include "ctl/lifecycle/trash.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/lifecycle/view.h"
#include "ctl/lifecycle/webhooks.h"
#include "netns/forwarding.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;

constexpr std::chrono::milliseconds kAgain{500};  // between attempts to replace a keeper

// Deleting is never urgent, and yet never to stand still: others wait for the file system's journal.
constexpr int kRemoverNice = 10;

constexpr std::size_t kHooksAtOnce = 4;  // of those that nobody waits for

class Engine final : public Backend {
 public:
  explicit Engine(const EngineOptions& options)
      : host_(open_host(options)),
        registry_({.path = options.data + "/state.db", .on_event = [this] { notify(); }}),
        keeper_(options.run, options.keeper_path),
        view_(host_),
        store_(options.data),
        worker_(2),
        watcher_(1),
        remover_(1, kRemoverNice),
        clerk_(1, kRemoverNice),
        hooks_(kHooksAtOnce),
        reclaimer_(2),
        pools_(host_, [this](DiskPools::Disks disks) { control_.set_devices(std::move(disks)); }),
        control_(control_options()),
        firewall_({.filter = [this] { return whole_filter(context_); },
                   .restored = [this] { tell_restored(nullptr); }}),
        traffic_(host_.pins(), registry_),
        shaping_({.pins = host_.pins(),
                  .restored =
                      [this] {
                        tell_restored({{"rates", true}});
                      }}),
        webhooks_(registry_, beside_keeper(host_, "croft-webhook")),
        context_{host_,    registry_, keeper_, live_,     execs_,   store_,   control_, worker_,   watcher_,
                 remover_, clerk_,    hooks_,  firewall_, traffic_, shaping_, pools_,   metering_, webhooks_},
        metering_(context_, options.data, {options.ledger_sample, options.ledger_interval}),
        notices_(context_),
        boot_(context_) {
    embed_pool(context_);
    for (const TenantRecord& tenant : registry_.tenants()) put_tenant(context_, tenant);
    firewall_.start();
    traffic_.start();
    shaping_.start(traffic_.off(), stated_uplink(registry_));
    keeper_.connect(keeper_events());
    view_.start(*keeper_.get());
    recover_disk_pools(context_);
    recover(context_);
    shaping_.recovered();
    shaping_.tidy();
    end_strangers(context_);
    keep_settling(context_);
    metering_.start();
    metered_ = true;
    keep_telling_refusals(context_);
    enable_forwarding();
    recovered_ = true;
    control_.start();
    keep_snapshots(context_);
    keep_trash(context_);
    replay_exits();
    boot_.start();
    webhooks_.start();
    telling_ = true;
    webhooks_.rouse();
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  ~Engine() override {
    telling_ = false;
    webhooks_.stop();
    hooks_.stop();  // before others, which wait for hooks that it ends
    boot_.stop();
    firewall_.stop();
    shaping_.stop();
    control_.stop();
    reclaimer_.stop();
    clerk_.stop();
    remover_.stop();
    watcher_.stop();
    worker_.stop();
    metered_ = false;
    metering_.stop();
    traffic_.settle();
    keeper_.close();
  }

  Answer call(const Call& call) override {
    Call checked = call;
    if (!host_.options.allow_faults) checked.fail_at = -1;
    return verb_of(call.verb)(context_, checked);
  }

  void serve(const Call& call, Stream stream) override {
    stream_verb_of(call.verb)(context_, call, std::move(stream));
  }

  std::vector<Event> events(std::uint64_t after, std::size_t limit) override {
    return registry_.events_after(after, limit);
  }

  void on_event(std::function<void()> notify) override {
    const std::lock_guard lock(notify_mutex_);
    notify_ = std::move(notify);
  }

  void keep(const std::string& kind, const std::string& key, const std::string& text) override {
    registry_.keep(kind, key, text);
  }
  std::optional<std::string> kept(const std::string& kind, const std::string& key) override {
    return registry_.kept(kind, key);
  }
  std::vector<std::pair<std::string, std::string>> all_kept(const std::string& kind) override {
    return registry_.all_kept(kind);
  }
  void forget(const std::string& kind, const std::string& key) override { registry_.forget(kind, key); }

 private:
  runtime::KeeperEvents keeper_events() {
    return {.on_exit = [this](const runtime::ExitRecord& record) { take_exit(record); },
            .on_console = [this](const runtime::ProcessName& name,
                                 runtime::Fd master) { take_console(name, std::move(master)); },
            .on_lost = [this] { worker_.post([this] { replace_keeper(); }); }};
  }

  ControlOptions control_options() {
    return {.layout = host_.layout,
            .root = host_.options.cgroup_root,
            .accounts = host_.options.run + "/accounts",
            .devices = host_.devices,
            .capacities = stated_capacities(registry_),
            .tell = [this](const Subject& subject,
                           const cgroups::Notice& notice) { notices_.take(subject, notice); },
            .traffic = [this](const std::string& uuid) { return counted_of(uuid); },
            .shape =
                [this](const std::string& uuid, const cgroups::Allowance& allowance) {
                  shaping_.allow(uuid, allowance.net_in, allowance.net_out);
                },
            .slow = [this](std::function<void()> work) { reclaimer_.post(std::move(work)); }};
  }

  std::optional<cgroups::Reading::Net> counted_of(const std::string& uuid) const {
    const auto counted = traffic_.counted_now(uuid);
    if (!counted) return std::nullopt;
    return cgroups::Reading::Net{counted->in.bytes, counted->out.bytes};
  }

  // Without it containers reach the host, but not each other or the world. A setting of the whole host: an
  // event says when it was this daemon that changed it, and a host that forbids it still runs containers.
  void enable_forwarding() {
    const netns::ForwardingState before = netns::forwarding_state();
    if (before.v4 && (before.v6 || !host_.ipv6)) return;
    try {
      netns::EnableForwarding change{.v6 = host_.ipv6};
      change.apply();
      registry_.append_event(
          event_of(kDaemonActor, "host.forwarding", {{"v4_before", before.v4}, {"v6_before", before.v6}}),
          "host");
    } catch (const Error& error) {
      std::fprintf(stderr, "croftd: cannot turn on forwarding: %s\n", error.what());
    }
  }

  void tell_restored(Json what) {
    try {
      registry_.append_event(event_of(kDaemonActor, "net.restored", std::move(what)), "host");
    } catch (const Error& error) {
      std::fprintf(stderr, "croftd: cannot record what was restored of the network: %s\n", error.what());
    }
  }

  // Exits that arrive during recovery wait for its end: only then is it known what they belong to.
  void take_exit(const runtime::ExitRecord& record) {
    {
      const std::lock_guard lock(exits_mutex_);
      if (!recovered_) {
        early_exits_.push_back(record);
        return;
      }
    }
    worker_.post([this, record] { handle_exit(context_, record); });
  }

  void replay_exits() {
    const std::lock_guard lock(exits_mutex_);
    for (const runtime::ExitRecord& record : early_exits_)
      worker_.post([this, record] { handle_exit(context_, record); });
    early_exits_.clear();
  }

  void take_console(const runtime::ProcessName& name, runtime::Fd master) {
    const std::shared_ptr<Live> live = live_.at(uuid_of(name.tag));
    const std::lock_guard lock(live->mutex);
    live->console = std::move(master);
  }

  // Every lost connection asks for this. Two at a time would each take the keeper from the other, which is
  // one more lost connection, and so on.
  void replace_keeper() {
    const std::unique_lock lock(replacing_, std::try_to_lock);
    if (!lock) return worker_.post_later(kAgain, [this] { replace_keeper(); });
    if (handed_over_ && !keeper_.lost()) return;
    try {
      handed_over_ = false;
      if (keeper_.lost()) keeper_.reconnect();
      hand_over(context_);
      view_.hand_over(*keeper_.get());
      for (const runtime::WatchedProcess& process : keeper_.get()->list()) execs_.started(process.name);
      handed_over_ = true;
      registry_.append_event(event_of(kDaemonActor, "keeper.replaced"), "keeper");
    } catch (const Error& error) {
      std::fprintf(stderr, "croftd: the keeper is gone: %s; trying again\n", error.what());
      worker_.post_later(kAgain, [this] { replace_keeper(); });
    }
  }

  void notify() {
    if (metered_) metering_.rouse();
    if (telling_) webhooks_.rouse();
    const std::lock_guard lock(notify_mutex_);
    if (notify_) notify_();
  }

  std::mutex notify_mutex_;
  std::function<void()> notify_;
  std::mutex exits_mutex_;
  std::atomic<bool> recovered_ = false;
  std::atomic<bool> metered_ = false;
  std::atomic<bool> telling_ = false;
  std::mutex replacing_;     // held by the one who replaces the keeper; guards what follows
  bool handed_over_ = true;  // the keeper knows all that runs
  std::vector<runtime::ExitRecord> early_exits_;
  Host host_;
  Registry registry_;
  KeeperLink keeper_;
  View view_;
  LiveTable live_;
  Execs execs_;
  templates::Store store_;
  Worker worker_;
  Worker watcher_;
  Worker remover_;
  Worker clerk_;
  Worker hooks_;
  Worker reclaimer_;  // for writes that make the kernel reclaim memory
  DiskPools pools_;
  ResourceControl control_;
  Firewall firewall_;
  Traffic traffic_;
  Shaping shaping_;
  Webhooks webhooks_;
  Context context_;
  Metering metering_;
  Notices notices_;
  Boot boot_;
};

}  // namespace

std::unique_ptr<Backend> make_engine(const EngineOptions& options) {
  return std::make_unique<Engine>(options);
}

}  // namespace croft::ctl
