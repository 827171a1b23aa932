// Of what a container is told of itself, and others of it.
#include <algorithm>
#include <string_view>

#include "ctl/spec/bounds.h"
#include "ctl/spec/codecs.h"
#include "ctl/spec/readers.h"

namespace croft::ctl::codecs {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool has_only(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_plain(c) || others.find(c) != std::string_view::npos; });
}

}  // namespace

HostDevice::Value HostDevice::read(const Json& json) {
  return parse_device(text_of(json, kMaxPath));
}

ExternalId::Value ExternalId::read(const Json& json) {
  const std::string& text = text_of(json, kMaxExternalId);
  if (text.empty()) refuse("must not be empty");
  return text;
}

Note::Value Note::read(const Json& json) {
  return text_of(json, kMaxNote, true);
}

Document::Value Document::read(const Json& json) {
  return text_of(json, kMaxUserData, true);
}

CredentialValue::Value CredentialValue::read(const Json& json) {
  return text_of(json, kMaxCredential, true);
}

// Each part begins with a letter, so that none is "..".
TimeZone::Value TimeZone::read(const Json& json) {
  const std::string& text = text_of(json, kMaxTimeZone);
  char before = '/';
  for (const char c : text) {
    if (before == '/' && !is_plain(c)) refuse_text(text, "is no time zone, as Europe/Berlin is one");
    before = c;
  }
  if (before == '/' || !has_only(text, "/_+-")) refuse_text(text, "is no time zone, as Europe/Berlin is one");
  return text;
}

Locale::Value Locale::read(const Json& json) {
  const std::string& text = text_of(json, kMaxLocale);
  if (text.empty() || !is_plain(text.front()) || !has_only(text, "_.@-"))
    refuse_text(text, "is no locale, as C.UTF-8 and de_DE.UTF-8 are");
  return text;
}

void check_credential_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxCredentialName || name.front() == '.' || !has_only(name, "_.-@"))
    refuse("a credential's name has 1 to 128 letters, digits, `_`, `.`, `-` and `@`, no dot first");
}

}  // namespace croft::ctl::codecs
