#include "ctl/ledger/exposition.h"

#include <array>
#include <cstdio>

namespace croft::ledger {
namespace {

constexpr std::uint64_t kMicros = 1'000'000;

enum class Kind : std::uint8_t { kCounter, kGauge };

struct Family {
  std::string_view name;  // without `_total`
  std::string_view unit;  // the last part of the name, or empty
  Kind kind;
  std::string_view help;
};

// One sample of a family: a meter with the labels that it adds.
struct Source {
  Meter meter;
  std::string_view labels;  // `,mode="user"`
};

class Page {
 public:
  explicit Page(Format format) : format_(format) {}

  void begin(const Family& family) {
    sample_ = std::string(family.name);
    if (family.kind == Kind::kCounter) sample_ += "_total";
    const std::string_view name = format_ == Format::kPrometheus ? std::string_view(sample_) : family.name;
    text_.append("# TYPE ").append(name).append(family.kind == Kind::kCounter ? " counter\n" : " gauge\n");
    if (format_ == Format::kOpenMetrics && !family.unit.empty())
      text_.append("# UNIT ").append(name).append(" ").append(family.unit).append("\n");
    text_.append("# HELP ").append(name).append(" ").append(family.help).append("\n");
  }
  void sample(std::string_view labels, std::string_view more, std::string_view value) {
    text_.append(sample_);
    if (!labels.empty()) text_.append("{").append(labels).append(more).append("}");
    text_.append(" ").append(value).append("\n");
  }
  std::string end() {
    if (format_ == Format::kOpenMetrics) text_ += "# EOF\n";
    return std::move(text_);
  }
  void reserve(std::size_t bytes) { text_.reserve(bytes); }

 private:
  Format format_;
  std::string sample_;
  std::string text_;
};

// Backslash, quote and line break as both formats want them in a label.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

std::string seconds_text(std::uint64_t micros) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%llu.%06llu", static_cast<unsigned long long>(micros / kMicros),
                static_cast<unsigned long long>(micros % kMicros));
  return text.data();
}

struct Labelled {
  const Shown* shown;
  std::string labels;
};
using All = std::vector<Labelled>;

bool runs(const Shown& shown) {
  return shown.state != RunState::kStopped;
}

void counters(Page& page, const All& all, const Family& family, std::initializer_list<Source> sources,
              bool seconds) {
  page.begin(family);
  for (const Labelled& one : all)
    for (const Source& source : sources) {
      const std::size_t meter = index_of(source.meter);
      if (!one.shown->counted[meter] || !runs(*one.shown)) continue;
      const std::uint64_t value = one.shown->values[meter];
      page.sample(one.labels, source.labels, seconds ? seconds_text(value) : std::to_string(value));
    }
}

void level(Page& page, const All& all, const Family& family, Meter meter) {
  page.begin(family);
  for (const Labelled& one : all)
    if (runs(*one.shown) && one.shown->counted[index_of(meter)])
      page.sample(one.labels, "", std::to_string(one.shown->level.at(*level_of(index_of(meter)))));
}

// Since the container was made, also of one that does not run.
void network(Page& page, const All& all, const Family& family, NetPart part) {
  page.begin(family);
  for (const Labelled& one : all)
    for (std::size_t number = 0; number < kTrafficClasses; ++number) {
      const std::size_t meter = net_meter(number, part);
      if (one.shown->counted[meter])
        page.sample(one.labels, ",class=\"" + std::to_string(number) + "\"",
                    std::to_string(one.shown->values[meter]));
    }
}

using enum Kind;

void put_containers(Page& page, const All& all) {
  page.begin(
      {"croft_container_info", "", kGauge, "What there is to know of a container, for joins; always 1."});
  for (const Labelled& one : all)
    page.sample(one.labels,
                ",uuid=\"" + one.shown->uuid + "\",template=\"" + escaped(one.shown->template_name) + "\"",
                "1");
  page.begin({"croft_container_running", "", kGauge, "Whether it runs: 1, also while it is frozen, or 0."});
  for (const Labelled& one : all) page.sample(one.labels, "", runs(*one.shown) ? "1" : "0");
  page.begin({"croft_container_frozen", "", kGauge, "Whether it is frozen."});
  for (const Labelled& one : all)
    page.sample(one.labels, "", one.shown->state == RunState::kFrozen ? "1" : "0");
}

void put_use(Page& page, const All& all) {
  counters(page, all, {"croft_cpu_seconds", "seconds", kCounter, "CPU time of the present run."},
           {{Meter::kCpuUser, ",mode=\"user\""}, {Meter::kCpuSystem, ",mode=\"system\""}}, true);
  counters(page, all,
           {"croft_cpu_throttled_seconds", "seconds", kCounter,
            "Time of the present run in which a limit held it."},
           {{Meter::kCpuThrottled, ""}}, true);
  level(page, all, {"croft_memory_usage_bytes", "bytes", kGauge, "Memory that it holds, with page cache."},
        Meter::kMemory);
  level(page, all, {"croft_memory_swap_bytes", "bytes", kGauge, "Swap that it holds."}, Meter::kSwap);
  page.begin({"croft_memory_limit_bytes", "bytes", kGauge, "Its memory limit; missing where there is none."});
  for (const Labelled& one : all)
    if (one.shown->memory_limit > 0) page.sample(one.labels, "", std::to_string(one.shown->memory_limit));
  counters(page, all,
           {"croft_memory_oom_kills", "", kCounter, "Processes that the kernel killed for want of memory."},
           {{Meter::kOomKills, ""}}, false);
  level(page, all, {"croft_tasks", "", kGauge, "Processes and threads."}, Meter::kTasks);
  counters(page, all, {"croft_disk_read_bytes", "bytes", kCounter, "Read from disks in the present run."},
           {{Meter::kIoRead, ""}}, false);
  counters(page, all, {"croft_disk_written_bytes", "bytes", kCounter, "Written to disks in the present run."},
           {{Meter::kIoWritten, ""}}, false);
  counters(page, all, {"croft_disk_reads_completed", "", kCounter, "Read operations of the present run."},
           {{Meter::kIoReads, ""}}, false);
  counters(page, all, {"croft_disk_writes_completed", "", kCounter, "Write operations of the present run."},
           {{Meter::kIoWrites, ""}}, false);
  network(page, all,
          {"croft_network_receive_bytes", "bytes", kCounter, "Received since it was made, by traffic class."},
          NetPart::kInBytes);
  network(page, all, {"croft_network_receive_packets", "", kCounter, "Packets received, by traffic class."},
          NetPart::kInPackets);
  network(page, all,
          {"croft_network_transmit_bytes", "bytes", kCounter, "Sent since it was made, by traffic class."},
          NetPart::kOutBytes);
  network(page, all, {"croft_network_transmit_packets", "", kCounter, "Packets sent, by traffic class."},
          NetPart::kOutPackets);
}

void put_ledger(Page& page, const LedgerShown& ledger) {
  page.begin({"croft_ledger_records", "", kCounter, "Records of the ledger's epoch."});
  page.sample("", "", std::to_string(ledger.records));
  page.begin(
      {"croft_ledger_pending_records", "", kGauge, "Records that wait until the ledger can be written."});
  page.sample("", "", std::to_string(ledger.pending));
  page.begin(
      {"croft_ledger_sample_timestamp_seconds", "seconds", kGauge, "When containers were last looked at."});
  page.sample("", "", seconds_text(static_cast<std::uint64_t>(ledger.sampled)));
}

}  // namespace

Format format_of(std::string_view accept) {
  return accept.find("application/openmetrics-text") == std::string_view::npos ? Format::kPrometheus
                                                                               : Format::kOpenMetrics;
}

const char* content_type(Format format) {
  return format == Format::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                        : "text/plain; version=0.0.4; charset=utf-8";
}

std::string expose(Format format, const std::vector<Shown>& containers, const LedgerShown& ledger) {
  All all;
  all.reserve(containers.size());
  for (const Shown& shown : containers)
    all.push_back({&shown, "name=\"" + escaped(shown.name) + "\",tenant=\"" + escaped(shown.tenant) + "\""});
  Page page(format);
  page.reserve(4096 + containers.size() * 2048);
  put_containers(page, all);
  put_use(page, all);
  put_ledger(page, ledger);
  return page.end();
}

}  // namespace croft::ledger
