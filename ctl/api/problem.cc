#include "ctl/api/problem.h"

#include <exception>
#include <new>

namespace croft::ctl {

using runtime::ErrorKind;

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return 400;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kExists:
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kRefused:
      return 403;
    case ErrorKind::kBusy:
      return 423;
    case ErrorKind::kUnsupported:
      return 501;
    case ErrorKind::kExhausted:
      return 507;
    case ErrorKind::kTimeout:
      return 504;
    case ErrorKind::kUnavailable:
      return 503;
    case ErrorKind::kSystem:
      return 500;
  }
  return 500;
}

std::string_view title_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return status < 400 ? "OK" : "Internal Server Error";
  }
}

Json problem_of(const runtime::Error& error, int status, const std::string& operation) {
  const ErrorKind kind = error.kind();
  Json fields = Json::array();
  for (const runtime::FieldError& field : error.fields())
    fields.push_back({{"path", field.path}, {"message", field.message}});
  const bool retryable =
      kind == ErrorKind::kBusy || kind == ErrorKind::kTimeout || kind == ErrorKind::kUnavailable;
  return {{"type", "about:blank"},
          {"title", title_of(status)},
          {"status", status},
          {"code", runtime::code_of(kind)},
          {"detail", error.what()},
          {"fields", std::move(fields)},
          {"operation", operation.empty() ? Json() : Json(operation)},
          {"retryable", retryable}};
}

runtime::Error current_error() {
  try {
    throw;
  } catch (const runtime::Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return {ErrorKind::kExhausted, "the daemon is out of memory"};
  } catch (const std::exception& error) {
    return {ErrorKind::kSystem, std::string("internal error: ") + error.what()};
  } catch (...) {
    return {ErrorKind::kSystem, "internal error of an unknown type"};
  }
}

Json problem_of(const runtime::Error& error, const std::string& operation) {
  return problem_of(error, status_of(error.kind()), operation);
}

}  // namespace croft::ctl
