#include "fs/identity.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kLongestName = 253;  // a whole DNS name

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return text.find('\0') == std::string::npos && (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
                                                  inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1);
}

void check_name(const std::string& name) {
  const bool fits = !name.empty() && name.size() <= kLongestName;
  if (!fits || !std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_';
      }))
    throw Error(ErrorKind::kInvalid, "a host name has 1 to 253 letters, digits, `-`, `_` and dots");
}

void check_addresses(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses)
    if (!is_address(address))
      throw Error(ErrorKind::kInvalid, "an address for a file inside the root is malformed");
}

// "web1.example.org" is followed by its short name, as Debian's installer does.
std::string names(const std::string& hostname) {
  const std::size_t dot = hostname.find('.');
  return dot == std::string::npos ? hostname : hostname + " " + hostname.substr(0, dot);
}

std::string hosts_content(const IdentityIntent& intent) {
  std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
  // 127.0.1.1 is Debian's way for a machine without a lasting address.
  if (intent.addresses.empty()) text += "127.0.1.1\t" + names(intent.hostname) + "\n";
  for (const std::string& address : intent.addresses) text += address + "\t" + names(intent.hostname) + "\n";
  return text;
}

std::string resolver_content(const IdentityIntent& intent) {
  std::string text;
  for (const std::string& server : intent.nameservers) text += "nameserver " + server + "\n";
  return text;
}

// systemd(1) reads locale.conf(5); PAM and sysvinit read Debian's file, whichever is a link to the other.
void plan_locale(const std::string& locale, runtime::LaunchList& list) {
  list.make_directory("/etc/default", 0755);
  for (const char* file : {"/etc/locale.conf", "/etc/default/locale"})
    list.make_file(file, "LANG=" + locale + "\n", 0644);
}

// They become lines and paths.
void check_words(const IdentityIntent& intent) {
  for (const std::string* text : {&intent.timezone, &intent.locale})
    if (text->find_first_of(" \t\n\"'\\") != std::string::npos || text->find("..") != std::string::npos)
      throw Error(ErrorKind::kInvalid, "a time zone or a locale for a file inside the root is malformed");
}

}  // namespace

std::string machine_id_of(const std::string& uuid) {
  std::string id = uuid;
  std::erase(id, '-');
  std::transform(id.begin(), id.end(), id.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  if (id.size() != 32 || id.find_first_not_of("0123456789abcdef") != std::string::npos ||
      id.find_first_not_of('0') == std::string::npos)
    throw Error(ErrorKind::kInvalid, "`" + uuid + "` is not a uuid");
  return id;
}

void plan_identity_files(const IdentityIntent& intent, runtime::LaunchList& list) {
  check_name(intent.hostname);
  check_addresses(intent.addresses);
  check_addresses(intent.nameservers);
  check_words(intent);
  list.make_directory("/etc", 0755);
  if (intent.machine_id) list.make_file("/etc/machine-id", machine_id_of(intent.uuid) + "\n", 0444);
  list.make_file("/etc/hostname", intent.hostname + "\n", 0644);
  list.make_file("/etc/hosts", hosts_content(intent), 0644);
  if (!intent.timezone.empty()) {
    list.replace_symlink("/etc/localtime", "/usr/share/zoneinfo/" + intent.timezone);
    list.make_file("/etc/timezone", intent.timezone + "\n", 0644);  // of Debian, beside it
  }
  if (!intent.locale.empty()) plan_locale(intent.locale, list);
  if (!intent.nameservers.empty()) list.make_file("/etc/resolv.conf", resolver_content(intent), 0644);
}

}  // namespace croft::fs
