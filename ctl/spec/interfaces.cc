#include "ctl/spec/interfaces.h"

#include <algorithm>
#include <cctype>

#include "ctl/spec/bounds.h"
#include "ctl/spec/names.h"
#include "ctl/spec/read.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::string_view kNet = "net.";
constexpr std::string_view kNic = "nic.";
constexpr std::size_t kLongestName = 15;  // IFNAMSIZ without its NUL

bool begins_a_word(std::string_view text, std::size_t at) {
  return at == 0 || (std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0 && text[at - 1] != '.');
}

std::string refusal(const Key& key) {
  if (!key.stem.starts_with(kNet)) return "is no key of an interface";
  return not_of_nics(key);
}

// What is wrong with one is told under its name.
Spec::Net read_nic(const Json& json, const std::string& name, FieldErrors& errors) {
  Spec part;
  FieldErrors wrong;
  read_keys({{"net", json}}, refusal, part, wrong);
  for (const runtime::FieldError& one : wrong)
    if (errors.size() < kMaxErrors) errors.push_back({renamed(one.path, name), renamed(one.message, name)});
  return part.net;
}

Json write_nic(const Spec::Net& net) {
  Spec part;
  part.net = net;
  return write_keys(part, refusal).at("net");
}

}  // namespace

std::string renamed(std::string_view text, std::string_view nic) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(kNet) && begins_a_word(text, at)) {
      result += std::string(kNic) + std::string(nic) + ".";
      at += kNet.size();
    } else {
      result += text[at++];
    }
  }
  return result;
}

std::string not_of_nics(const Key& key) {
  if (!key.resource && key.stem != "net.dns") return {};
  return "is of the container as a whole, and no key of an interface";
}

bool is_nic_key(std::string_view dotted) {
  return dotted.starts_with(kNic) && dotted.find('.', kNic.size()) != std::string_view::npos;
}

NicKey split_nic_key(std::string_view dotted) {
  const std::size_t dot = dotted.find('.', kNic.size());
  return {std::string(dotted.substr(kNic.size(), dot - kNic.size())),
          std::string(kNet) + std::string(dotted.substr(dot + 1))};
}

void check_nic_name(std::string_view name) {
  const bool plain = std::all_of(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
  if (name.empty() || name.size() > kLongestName || !plain)
    throw Error(ErrorKind::kInvalid, "an interface has a name of 1 to 15 letters, digits, `_` and `-`");
  if (name == kFirstInterface || name == "lo")
    throw Error(ErrorKind::kInvalid, "there is an interface of that name: `" + std::string(name) +
                                         (name == "lo" ? "` is the loopback" : "` is the first one"));
}

std::optional<std::string> pool_of(const Spec::Net& net) {
  if (!traits_of(net.mode).routed) return std::nullopt;
  return net.address.empty() ? net.pool.value_or(std::string(kDefaultPool)) : net.pool;
}

std::vector<std::string> stated_addresses(const Spec::Net& net) {
  std::vector<std::string> all;
  for (const std::string& text : net.address) all.push_back(text.substr(0, text.find('/')));
  return all;
}

void read_nics(const Key& /*key*/, const Json& json, Spec& spec, FieldErrors& errors) {
  if (!json.is_object())
    return errors.push_back({"nic", "must be an object, not " + std::string(json.type_name())});
  if (json.size() > kMaxNics)
    return errors.push_back({"nic", "has more than " + std::to_string(kMaxNics) + " entries"});
  spec.nic.clear();
  for (const auto& [name, value] : json.items()) {
    if (errors.size() >= kMaxErrors) return;
    const std::string place = std::string(kNic) + shown(name);
    try {
      check_nic_name(name);
    } catch (const Error& error) {
      errors.push_back({place, error.what()});
      continue;
    }
    if (value.is_object())
      spec.nic.emplace(name, read_nic(value, name, errors));
    else
      errors.push_back({place, "must be an object, not " + std::string(value.type_name())});
  }
}

Json write_nics(const Spec& spec) {
  if (spec.nic.empty()) return {};
  Json object = Json::object();
  for (const auto& [name, net] : spec.nic) object[name] = write_nic(net);
  return object;
}

Json nic_from_text(std::string_view text) {
  if (!text.starts_with('{'))
    throw Error(ErrorKind::kInvalid, "has keys of its own: set one, as in nic.NAME.mode=bridge");
  FieldErrors errors;
  const Spec::Net net = read_nic(parse_json(text), "NAME", errors);
  if (!errors.empty()) throw Error(std::move(errors));
  return write_nic(net);
}

std::string nic_to_text(const Json& value) {
  return value.dump();
}

}  // namespace croft::ctl
