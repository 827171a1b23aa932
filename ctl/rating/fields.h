// Reading a JSON object member by member, so that all that is wrong with it is told at once, each under its
// path.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/spec/json.h"
#include "ctl/spec/keys.h"

namespace croft::rating {

class Fields {
 public:
  // `path` is what stands in front of a member's name: "standard-2.json: skus[3]". Members beside `known` are
  // errors.
  Fields(const ctl::Json& object, std::string path, ctl::FieldErrors& errors,
         std::initializer_list<std::string_view> known);

  [[nodiscard]] const ctl::Json* find(std::string_view name) const;
  void fail(std::string_view name, const std::string& why) const;
  // Calls `read` with the member, if there is one; an Error that it throws is told.
  void each(std::string_view name, const std::function<void(const ctl::Json& value)>& read) const;
  void required(std::string_view name, const std::function<void(const ctl::Json& value)>& read) const;
  [[nodiscard]] std::string path_of(std::string_view name) const;
  [[nodiscard]] ctl::FieldErrors& errors() const { return errors_; }

 private:
  const ctl::Json& object_;
  std::string path_;
  ctl::FieldErrors& errors_;
};

// Throw Error kInvalid. A clean text of 1 to 256 bytes; a list of at most `most` of them.
std::string text_in(const ctl::Json& value);
std::vector<std::string> texts_in(const ctl::Json& value, std::size_t most);
bool flag_in(const ctl::Json& value);

}  // namespace croft::rating
