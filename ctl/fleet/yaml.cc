#include "ctl/fleet/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// yaml-cpp counts from 0 and has -1 for what stands nowhere.
int line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 1 : mark.line + 1;
}

[[noreturn]] void fail(int line, const std::string& what) {
  throw Error(ErrorKind::kInvalid, "line " + std::to_string(line) + ": " + what);
}

// What is in JSON's texts later, and printed.
void check_text(int line, const std::string& text) {
  try {
    (void)Json(text).dump();
  } catch (const Json::exception&) {
    fail(line, "a text is no valid UTF-8");
  }
}

// What is read counts, so that aliases of aliases end somewhere.
class Reader {
 public:
  Yaml read(const YAML::Node& node, int depth = 0) {
    Yaml made;
    made.line = line_of(node.Mark());
    if (++nodes_ > kMaxYamlNodes) fail(made.line, "the text stands for more than 1,000,000 values");
    if (depth > kMaxYamlDepth) fail(made.line, "values lie more than 32 deep");
    if (node.IsScalar()) {
      made.kind = Yaml::Kind::kText;
      made.text = node.Scalar();
      check_text(made.line, made.text);
    } else if (node.IsSequence()) {
      made.kind = Yaml::Kind::kList;
      for (const YAML::Node& element : node) made.list.push_back(read(element, depth + 1));
    } else if (node.IsMap()) {
      read_map(node, made, depth);
    }
    return made;
  }

 private:
  void read_map(const YAML::Node& node, Yaml& made, int depth) {
    made.kind = Yaml::Kind::kMap;
    std::set<std::string, std::less<>> seen;
    for (const auto& entry : node) {
      const int line = line_of(entry.first.Mark());
      if (!entry.first.IsScalar()) fail(line, "a key must be a text");
      const std::string& key = entry.first.Scalar();
      check_text(line, key);
      if (!seen.insert(key).second) fail(line, "`" + shown(key) + "` is there twice");
      Yaml value = read(entry.second, depth + 1);
      value.line = line;
      made.map.push_back({key, std::move(value)});
    }
  }

  std::size_t nodes_ = 0;
};

bool is_plain(const std::string& text) {
  constexpr std::array<std::string_view, 9> kWords{"true", "false", "yes", "no", "on",
                                                   "off",  "null",  "y",   "n"};
  if (text.empty() || std::isalpha(static_cast<unsigned char>(text.front())) == 0) return false;
  const auto fine = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_./-").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!std::all_of(text.begin(), text.end(), fine)) return false;
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
}

void emit_text(YAML::Emitter& out, const std::string& text) {
  if (!is_plain(text)) out << YAML::DoubleQuoted;
  out << text;
}

void emit(YAML::Emitter& out, const Json& value) {
  if (value.is_object()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const auto& [key, element] : value.items()) {
      out << YAML::Key;
      emit_text(out, key);
      out << YAML::Value;
      emit(out, element);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const Json& element : value) emit(out, element);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    emit_text(out, value.get<std::string>());
  } else {
    out << value.dump();
  }
}

}  // namespace

const Yaml* Yaml::find(std::string_view key) const {
  for (const auto& [name, value] : map)
    if (name == key) return &value;
  return nullptr;
}

Yaml parse_yaml(const std::string& text) {
  if (text.size() > kMaxYaml) throw Error(ErrorKind::kInvalid, "the text is larger than 16 MiB");
  try {
    return Reader().read(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    fail(line_of(error.mark), shown(error.msg));  // with bytes of the text, whatever they are
  }
}

std::string to_yaml(const Json& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string(out.c_str()) + "\n";
}

}  // namespace croft::ctl
