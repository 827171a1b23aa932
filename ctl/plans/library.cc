#include "ctl/plans/library.h"

#include <algorithm>
#include <utility>

#include "ctl/plans/file.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/names.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/read.h"
#include "ctl/spec/rules.h"
#include "ctl/spec/shorthand.h"
#include "runtime/error.h"

namespace croft::ctl::plans {
namespace {

using runtime::Error;
using runtime::ErrorKind;

std::string refusal(const Key& key) {
  return key.resource ? std::string() : "is no setting of resource control, which plans consist of";
}

std::string nearest_plan(const Texts& texts, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [known, text] : texts) names.emplace_back(known);
  const std::string near = nearest(name, names);
  return near.empty() ? "" : "; did you mean `" + near + "`?";
}

class Reader {
 public:
  Reader(const Texts& texts, Plan& plan) : texts_(texts), plan_(plan) {}

  // `chain` is the plans that are being read, the innermost last.
  void read(const std::string& name) {
    chain_.push_back(name);
    for (const Line& line : lines_of(name)) {
      if (++steps_ > kMaxSteps)
        throw Error({{name + ".plan", "comes to more than 10000 lines with all it includes"}});
      try {
        if (line.key == "include")
          include(line);
        else
          assign(line);
      } catch (const Error& error) {
        complain(place(name, line.number), error);
      }
    }
    chain_.pop_back();
  }

  FieldErrors take_errors() { return std::move(errors_); }

 private:
  std::vector<Line> lines_of(const std::string& name) {
    try {
      return parse_lines(name, texts_.find(name)->second);
    } catch (const Error& error) {
      complain({}, error);
      return {};
    }
  }

  // An error within an included plan has its place already.
  void complain(const std::string& where, const Error& error) {
    for (const runtime::FieldError& field : error.fields())
      add(field.path.find(".plan") == std::string::npos
              ? runtime::FieldError{where, field.path + ": " + field.message}
              : field);
    if (error.fields().empty()) add({where, error.what()});
  }

  void add(runtime::FieldError field) {
    if (errors_.size() < kMaxErrors && std::find(errors_.begin(), errors_.end(), field) == errors_.end())
      errors_.push_back(std::move(field));
  }

  void include(const Line& line) {
    const std::string& name = line.text;
    if (!texts_.contains(name))
      throw Error(ErrorKind::kInvalid,
                  "there is no plan `" + shown(name) + "` to include" + nearest_plan(texts_, name));
    if (std::find(chain_.begin(), chain_.end(), name) != chain_.end())
      throw Error(ErrorKind::kInvalid, "the plan includes itself: " + chain_to(name));
    if (chain_.size() >= kMaxIncludeDepth)
      throw Error(ErrorKind::kInvalid, "plans include each other deeper than " +
                                           std::to_string(kMaxIncludeDepth) + ": " + chain_to(name));
    if (std::find(plan_.includes.begin(), plan_.includes.end(), name) == plan_.includes.end())
      plan_.includes.push_back(name);
    read(name);
  }

  void assign(const Line& line) {
    const Key* key = find_key(line.key.substr(0, line.key.find_last_not_of("+-") + 1));
    if (key != nullptr && !key->resource) throw Error(FieldErrors{{line.key, refusal(*key)}});
    plan_.values = apply_assignments(std::move(plan_.values), {{line.key, line.text}});
  }

  // "a -> b -> a"
  [[nodiscard]] std::string chain_to(const std::string& name) const {
    std::string text;
    for (const std::string& one : chain_) text += one + " -> ";
    return text + name;
  }

  const Texts& texts_;
  Plan& plan_;
  std::vector<std::string> chain_;
  std::size_t steps_ = 0;
  FieldErrors errors_;
};

}  // namespace

Plan resolve(const Texts& texts, std::string_view name) {
  if (!texts.contains(name))
    throw Error(ErrorKind::kNotFound, "there is no plan `" + shown(name) + "`" + nearest_plan(texts, name))
        .cure("`croft plan list` shows which there are");
  Plan plan;
  plan.name = name;
  Reader reader(texts, plan);
  reader.read(plan.name);
  FieldErrors errors = reader.take_errors();
  if (errors.empty()) {
    FieldErrors broken;
    check_resources(resources_of(plan.values), broken);
    for (runtime::FieldError& field : broken)
      errors.push_back({plan.name + ".plan", field.path + ": " + field.message});
  }
  if (!errors.empty()) throw Error(std::move(errors));
  return plan;
}

Spec spec_of(const Json& values) {
  Spec spec;
  FieldErrors errors;
  read_keys(values, refusal, spec, errors);
  if (!errors.empty()) throw Error(std::move(errors));
  return spec;
}

cgroups::Resources resources_of(const Json& values) {
  return spec_of(values).resources;
}

std::string to_text(const Json& values) {
  std::string text;
  for (const Difference& value : differences(Json::object(), values))
    text += value.key + "=" + find_key(value.key)->to_text(value.after) + "\n";
  return text;
}

}  // namespace croft::ctl::plans
