#include "ctl/cli/commands/fleet_text.h"

#include <algorithm>
#include <map>

#include "ctl/cli/columns.h"
#include "ctl/cli/settings.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

class Text {
 public:
  explicit Text(bool colour) : colour_(colour) {}

  void line(const char* sign, Colour colour, const std::string& what) {
    text_ += coloured(sign, colour, colour_) + " " + visible(what) + "\n";
  }
  void rows(const std::vector<Row>& rows) { text_ += format_table({{""}, {""}}, rows, false, colour_); }
  [[nodiscard]] std::string take() { return std::move(text_); }
  void add(const std::string& text) { text_ += text; }

 private:
  bool colour_;
  std::string text_;
};

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::vector<Row> rows_of(const std::vector<Difference>& changes, bool made, bool running) {
  std::vector<Row> rows;
  for (const Difference& change : changes) {
    const std::string after = or_dash(setting_text(change.key, change.after));
    std::string words = made ? after : or_dash(setting_text(change.key, change.before)) + " -> " + after;
    if (running && change.when == When::kRestart) words += "  (from the next start on)";
    rows.push_back({{"    " + change.key}, {words}});
  }
  return rows;
}

void add_tenant(Text& text, const TenantStep& step) {
  text.line(step.make ? "+" : "~", step.make ? Colour::kGood : Colour::kWarning,
            "tenant " + step.wanted->name);
  std::vector<Row> rows = rows_of(step.changes, step.make, false);
  for (const auto& [key, value] : step.labels) rows.push_back({{"    label." + key}, {or_dash(value)}});
  text.rows(rows);
}

using Steps = std::vector<ContainerStep>::const_iterator;

// Those that one entry of a file stands for, where nothing differs between them.
Steps end_of_group(Steps first, Steps end) {
  const auto alike = [&](const ContainerStep& step) {
    return step.wanted != nullptr && first->wanted != nullptr &&
           step.wanted->place.line == first->wanted->place.line &&
           step.wanted->place.file == first->wanted->place.file && step.make == first->make &&
           step.run == first->run && step.is_running == first->is_running && step.changes == first->changes;
  };
  return std::find_if_not(first + 1, end, alike);
}

void add_group(Text& text, Steps first, Steps end) {
  const ContainerStep& step = *first;
  std::string name = step.tenant + "/" + step.name;
  if (end - first > 1)
    name += " to " + (end - 1)->tenant + "/" + (end - 1)->name + ", " + std::to_string(end - first);
  if (step.remove) return text.line("-", Colour::kBad, name + (step.is_running ? ", which runs" : ""));
  const std::string then = !step.run ? "" : *step.run ? ", started" : ", stopped";
  if (step.make) {
    text.line("+", Colour::kGood, name + then);
  } else if (!step.changes.empty()) {
    text.line("~", Colour::kWarning, name + then);
  } else {
    text.line(*step.run ? ">" : ".", Colour::kStill, name + then);
  }
  text.rows(rows_of(step.changes, step.make, step.is_running));
}

std::string count_text(const FleetPlan& plan) {
  std::map<std::string, std::size_t> counts;
  for (const ContainerStep& step : plan.containers) {
    if (step.make) ++counts["made"];
    if (step.remove) ++counts["removed"];
    if (!step.make && !step.changes.empty()) ++counts["changed"];
    if (step.run) ++counts[*step.run ? "started" : "stopped"];
  }
  std::string text;
  for (const char* word : {"made", "changed", "started", "stopped", "removed"})
    if (counts[word] > 0) text += (text.empty() ? "" : ", ") + std::to_string(counts[word]) + " " + word;
  return text.empty() ? "" : "Containers: " + text + "\n";
}

Json changes_json(const std::vector<Difference>& changes) {
  Json list = Json::array();
  for (const Difference& change : changes)
    list.push_back({{"key", change.key}, {"before", change.before}, {"after", change.after}});
  return list;
}

Json container_json(const ContainerStep& step) {
  const char* act = step.make ? "create" : step.remove ? "remove" : step.changes.empty() ? "keep" : "change";
  Json made{
      {"tenant", step.tenant}, {"name", step.name}, {"do", act}, {"changes", changes_json(step.changes)}};
  made["then"] = !step.run ? Json() : *step.run ? Json("start") : Json("stop");
  return made;
}

}  // namespace

std::string fleet_text(const FleetPlan& plan, bool with_colour) {
  if (plan.empty()) return "All is as it should be.\n";
  Text text(with_colour);
  for (const TenantStep& step : plan.tenants) add_tenant(text, step);
  for (const PoolStep& step : plan.pools) {
    for (const std::string& prefix : step.add)
      text.line("+", Colour::kGood, "pool " + step.wanted->name + ": " + prefix);
    if (step.set_nat)
      text.line("~", Colour::kWarning,
                "pool " + step.wanted->name + ": nat " + (*step.wanted->nat ? "yes" : "no"));
  }
  for (const ClassStep& step : plan.classes)
    for (const std::string& prefix : step.add)
      text.line("+", Colour::kGood, "class " + step.wanted->name + ": " + prefix);
  for (auto first = plan.containers.begin(); first != plan.containers.end();) {
    const auto end = end_of_group(first, plan.containers.end());
    add_group(text, first, end);
    first = end;
  }
  text.add(count_text(plan));
  return text.take();
}

Json fleet_json(const FleetPlan& plan) {
  Json made{{"tenants", Json::array()},
            {"pools", Json::array()},
            {"classes", Json::array()},
            {"containers", Json::array()}};
  for (const TenantStep& step : plan.tenants)
    made["tenants"].push_back({{"name", step.wanted->name},
                               {"do", step.make ? "create" : "change"},
                               {"changes", changes_json(step.changes)},
                               {"labels", step.labels}});
  for (const PoolStep& step : plan.pools)
    made["pools"].push_back({{"name", step.wanted->name}, {"add", step.add}, {"set_nat", step.set_nat}});
  for (const ClassStep& step : plan.classes)
    made["classes"].push_back({{"name", step.wanted->name}, {"add", step.add}});
  for (const ContainerStep& step : plan.containers) made["containers"].push_back(container_json(step));
  return made;
}

Json complaints_json(const std::vector<Complaint>& wrong) {
  Json list = Json::array();
  for (const Complaint& complaint : wrong)
    list.push_back({{"file", complaint.place.file},
                    {"line", complaint.place.line},
                    {"object", complaint.object},
                    {"path", complaint.path},
                    {"message", complaint.message}});
  return list;
}

}  // namespace croft::ctl
