// What is said of networks that are not the host's own.
#include "ctl/spec/bounds.h"
#include "ctl/spec/codecs.h"
#include "ctl/spec/readers.h"
#include "netns/lan.h"

namespace croft::ctl {
namespace codecs {

// A router may well have a link-local one.
Gateway::Value Gateway::read(const Json& json) {
  const std::string& text = text_of(json, kMaxName);
  const netns::Address address = netns::parse_address(text);
  if (!netns::is_usable(address) && !netns::is_link_local6(address))
    refuse_text(text, "is not an address that a router can have");
  return to_text(address);
}

InterfaceName::Value InterfaceName::read(const Json& json) {
  const std::string& name = text_of(json, kMaxName);
  netns::check_parent_name(name);
  return name;
}

HardwareAddress::Value HardwareAddress::read(const Json& json) {
  return netns::parse_mac(text_of(json, kMaxName));
}

}  // namespace codecs

NetTraits traits_of(NetMode mode) {
  switch (mode) {
    case NetMode::kRouted:
      return {.routed = true, .link = true};
    case NetMode::kBridge:
      return {.lan = true, .link = true};
    case NetMode::kMacvlan:
    case NetMode::kPhys:
      return {.lan = true};
    case NetMode::kNone:
      break;
  }
  return {};
}

}  // namespace croft::ctl
