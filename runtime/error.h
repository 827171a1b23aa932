// The one exception of Croft: what kind of failure it is, which system error lies under it, and a chain of
// "cannot do X to `y`" from the outside in. The kind decides the API's status and the CLI's exit status.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace croft::runtime {

enum class ErrorKind {
  kInvalid,      // the request is malformed; nothing was tried
  kNotFound,     // the named object does not exist
  kExists,       // an object of that name is already there
  kConflict,     // the object's present state does not allow this
  kRefused,      // the caller may not do this, or the kernel refused permission
  kBusy,         // somebody else holds the object; trying again may help
  kUnsupported,  // this kernel or host lacks what is needed
  kExhausted,    // a disk, a range, a pool or a limit is full
  kTimeout,      // it did not finish in the time given
  kUnavailable,  // a daemon that is needed does not answer
  kSystem,       // the kernel or a library failed in another way
};

// Stable lower-case code of a kind, as used in API errors ("not-found").
std::string_view code_of(ErrorKind kind);
// The kind for such a code; kSystem for a code that is not known.
ErrorKind kind_of_code(std::string_view code);
// The kind that an errno of a failed system call stands for (ENOENT -> kNotFound, ENOSPC -> kExhausted, ...).
ErrorKind kind_of_errno(int error_number);

// One wrong field of a request: a dotted path ("memory.limit") and what is wrong with it.
struct FieldError {
  std::string path;
  std::string message;
  bool operator==(const FieldError&) const = default;
};

class Error : public std::exception {
 public:
  // `message` says what was attempted on which object, without a final full stop.
  Error(ErrorKind kind, std::string message);
  // As above, with the system's reason: ": " and strerror(error_number) are appended.
  Error(ErrorKind kind, std::string message, int error_number);
  // Several wrong fields at once; kind is kInvalid and the message lists them all.
  explicit Error(std::vector<FieldError> fields);
  // All parts as they came over the wire: `message` is the whole text.
  Error(ErrorKind kind, std::string message, std::vector<FieldError> fields);

  // Puts an outer "cannot start `web1`" in front. Returns *this, so that it can be thrown on.
  Error& wrap(std::string_view outer);
  // Says what the operator can do about it ("load the module `overlay`"). Appended as "; CURE".
  Error& cure(std::string_view text);

  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] int error_number() const noexcept { return error_number_; }
  [[nodiscard]] const std::vector<FieldError>& fields() const noexcept { return fields_; }

 private:
  ErrorKind kind_;
  int error_number_ = 0;
  std::vector<FieldError> fields_;
  std::string text_;
};

// An Error about one wrong field.
Error wrong_field(std::string path, std::string message);

// Throws Error(kind_of_errno(errno), message, errno). Read errno before anything else can change it.
[[noreturn]] void fail_errno(std::string message);

}  // namespace croft::runtime
