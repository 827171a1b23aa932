// Further interfaces of a container: nic.NAME.KEY is of the interface NAME what net.KEY is of the first one.
// They are read, written and checked by the rows of net.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/spec/keys.h"

namespace croft::ctl {

inline constexpr std::string_view kDefaultPool = "default";  // of interfaces that name none
inline constexpr std::string_view kFirstInterface = "eth0";

// "net.mode" of the first one is "nic.eth1.mode" of eth1; wherever it stands in a text.
std::string renamed(std::string_view text, std::string_view nic);
// Why a key of net is none of a further interface; empty when it is one, or no key of net.
std::string not_of_nics(const Key& key);
// "nic.eth1.mode", with what follows the name as a key of the first one: "net.mode".
struct NicKey {
  std::string nic;
  std::string key;
};
bool is_nic_key(std::string_view dotted);
NicKey split_nic_key(std::string_view dotted);

// Throws Error kInvalid for what no further interface can be called inside.
void check_nic_name(std::string_view name);

// The pool that an interface gets addresses of.
std::optional<std::string> pool_of(const Spec::Net& net);
// Its stated addresses, without the lengths of their networks.
std::vector<std::string> stated_addresses(const Spec::Net& net);

void read_nics(const Key& key, const Json& json, Spec& spec, FieldErrors& errors);
Json write_nics(const Spec& spec);
// Of one of them, in JSON.
Json nic_from_text(std::string_view text);
std::string nic_to_text(const Json& value);

constexpr Key nic_row() {
  return {.name = "nic.NAME",
          .type = "interface",
          .fallback = {},
          .when = When::kRestart,
          .doc = "a further interface, called NAME inside: nic.NAME.KEY is what net.KEY is of the first",
          .stem = "nic",
          .kind = Key::Kind::kMap,
          .check_entry = check_nic_name,
          .read = read_nics,
          .write = write_nics,
          .from_text = nic_from_text,
          .to_text = nic_to_text};
}

}  // namespace croft::ctl
