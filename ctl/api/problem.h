// Errors as HTTP shows them: application/problem+json of RFC 9457 with Croft's members code, fields,
// operation and retryable.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "runtime/error.h"

namespace croft::ctl {

using Json = nlohmann::json;

// An Error whose HTTP status its kind alone does not decide (405, 412, 415, 422, ...).
class Rejected : public runtime::Error {
 public:
  Rejected(int status, runtime::ErrorKind kind, const std::string& message)
      : Error(kind, message), status_(status) {}
  Rejected(int status, runtime::ErrorKind kind, const std::string& message,
           std::vector<std::pair<std::string, std::string>> headers)
      : Error(kind, message), status_(status), headers_(std::move(headers)) {}
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& headers() const noexcept {
    return headers_;
  }

 private:
  int status_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

int status_of(runtime::ErrorKind kind);
// "Not Found" and so on, for the status line and a problem's title.
std::string_view title_of(int status);

Json problem_of(const runtime::Error& error, int status, const std::string& operation = "");
Json problem_of(const runtime::Error& error, const std::string& operation = "");

// Inside a catch block: the exception as an Error; what is not one is a fault of Croft and becomes kSystem.
runtime::Error current_error();

}  // namespace croft::ctl
