#include "runtime/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace croft::runtime {
namespace {

struct Row {
  ErrorKind kind;
  std::string_view code;
};

constexpr std::array kCodes{
    Row{ErrorKind::kInvalid, "invalid"},         Row{ErrorKind::kNotFound, "not-found"},
    Row{ErrorKind::kExists, "exists"},           Row{ErrorKind::kConflict, "conflict"},
    Row{ErrorKind::kRefused, "refused"},         Row{ErrorKind::kBusy, "busy"},
    Row{ErrorKind::kUnsupported, "unsupported"}, Row{ErrorKind::kExhausted, "exhausted"},
    Row{ErrorKind::kTimeout, "timeout"},         Row{ErrorKind::kUnavailable, "unavailable"},
    Row{ErrorKind::kSystem, "system"},
};

std::string reason(int error_number) {
  std::array<char, 128> buffer{};
  return strerror_r(error_number, buffer.data(), buffer.size());
}

std::string join(const std::vector<FieldError>& fields) {
  std::string text;
  for (const FieldError& field : fields) {
    if (!text.empty()) text += "; ";
    text += field.path + ": " + field.message;
  }
  return text;
}

}  // namespace

std::string_view code_of(ErrorKind kind) {
  for (const Row& row : kCodes)
    if (row.kind == kind) return row.code;
  return "system";
}

ErrorKind kind_of_code(std::string_view code) {
  for (const Row& row : kCodes)
    if (row.code == code) return row.kind;
  return ErrorKind::kSystem;
}

ErrorKind kind_of_errno(int error_number) {
  switch (error_number) {
    case EINVAL:
    case ERANGE:
    case ENAMETOOLONG:
      return ErrorKind::kInvalid;
    case ENOENT:
    case ESRCH:
    case ENODEV:
    case ENXIO:
      return ErrorKind::kNotFound;
    case EEXIST:
      return ErrorKind::kExists;
    case EPERM:
    case EACCES:
    case EROFS:
    case ELOOP:
    case EXDEV:
      return ErrorKind::kRefused;
    case EBUSY:
    case EAGAIN:
    case ETXTBSY:
    case ENOTEMPTY:
      return ErrorKind::kBusy;
    case ENOSYS:
    case EOPNOTSUPP:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
      return ErrorKind::kUnsupported;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EUSERS:
      return ErrorKind::kExhausted;
    case ETIMEDOUT:
      return ErrorKind::kTimeout;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
      return ErrorKind::kUnavailable;
    default:
      return ErrorKind::kSystem;
  }
}

Error::Error(ErrorKind kind, std::string message) : kind_(kind), text_(std::move(message)) {}

Error::Error(ErrorKind kind, std::string message, int error_number)
    : kind_(kind), error_number_(error_number), text_(std::move(message)) {
  text_ += ": " + reason(error_number);
}

Error::Error(std::vector<FieldError> fields)
    : kind_(ErrorKind::kInvalid), fields_(std::move(fields)), text_(join(fields_)) {}

Error::Error(ErrorKind kind, std::string message, std::vector<FieldError> fields)
    : kind_(kind), fields_(std::move(fields)), text_(std::move(message)) {}

Error& Error::wrap(std::string_view outer) {
  text_ = std::string(outer) + ": " + text_;
  return *this;
}

Error& Error::cure(std::string_view text) {
  text_ += "; " + std::string(text);
  return *this;
}

Error wrong_field(std::string path, std::string message) {
  return Error(std::vector<FieldError>{{std::move(path), std::move(message)}});
}

void fail_errno(std::string message) {
  const int error_number = errno;
  throw Error(kind_of_errno(error_number), std::move(message), error_number);
}

}  // namespace croft::runtime
