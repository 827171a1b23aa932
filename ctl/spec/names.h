// Names and closed vocabularies of a specification: what a container, tenant or template may be called, and
// the tables of signals, resource limits and capabilities. Also the checks of text that came from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace croft::ctl {

// Throw Error kInvalid that says what is allowed. A container may not be called like a uuid, because a
// reference is either.
void check_container_name(std::string_view name);
void check_tenant_name(std::string_view name);
void check_template_name(std::string_view name);
void check_plan_name(std::string_view name);
void check_pool_name(std::string_view name);

// Lower-case hexadecimal 8-4-4-4-12.
bool looks_like_uuid(std::string_view text);

// "TERM", "SIGTERM", "RTMIN+3", "15" -> number, 1..64; nullopt for anything else. Real-time signals count
// from 34, as glibc does and systemd's documentation means.
std::optional<int> signal_number(std::string_view text);
// "SIGTERM", "SIGRTMIN+3"; the number for those without a name.
std::string signal_name(int number);

// "nofile" -> RLIMIT_NOFILE; nullopt when not known.
std::optional<int> rlimit_number(std::string_view name);
// "CAP_NET_RAW", "net_raw" -> CAP_NET_RAW; nullopt when not known.
std::optional<int> capability_number(std::string_view name);
// "CAP_NET_RAW"; empty for a number that has no name here.
std::string capability_name(int number);

// The address as inet_ntop(3) writes it, for an IPv4 or IPv6 address that one container can have; nullopt for
// no address, and for unspecified, loopback, multicast and broadcast ones.
std::optional<std::string> canonical_address(std::string_view text);

// Valid UTF-8 without control characters (C0, DEL, C1). With `lines`, tab and newline are allowed.
bool is_clean_text(std::string_view text, bool lines = false);

// `text` as it may stand in a message: cut to 80 bytes, control characters and invalid UTF-8 as "?".
std::string shown(std::string_view text);

// The one of `known` that is most like `text`, empty when none is near.
std::string nearest(std::string_view text, std::span<const std::string_view> known);

}  // namespace croft::ctl
