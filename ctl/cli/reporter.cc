#include "ctl/cli/reporter.h"

#include <algorithm>
#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::FieldError;

// What Error makes of its fields when it has no text of its own.
std::string joined(const std::vector<FieldError>& fields) {
  std::string text;
  for (const FieldError& field : fields)
    text += (text.empty() ? "" : "; ") + field.path + ": " + field.message;
  return text;
}

std::string headline(const Error& error) {
  std::string text = error.what();
  const std::string tail = joined(error.fields());
  if (error.fields().size() < 2 || !text.ends_with(tail)) return text;
  text.resize(text.size() - tail.size());
  return text + std::to_string(error.fields().size()) + " settings are wrong";
}

}  // namespace

std::string format_error(const Error& error, bool with_colour) {
  const std::string head = headline(error);
  std::string text = coloured("croft:", Colour::kBad, with_colour) + " " + visible(head) + "\n";
  std::vector<Row> rows;
  for (const FieldError& field : error.fields())
    if (head.find(field.message) == std::string::npos) rows.push_back({{"  " + field.path}, {field.message}});
  return text + format_table({{""}, {""}}, rows, false, with_colour);
}

Error with_attempt(Error error, const std::string& attempt) {
  const std::string_view text = error.what();
  if (!text.starts_with("cannot ")) error.wrap(attempt);
  return error;
}

Reporter::Reporter(Screen& screen, bool quiet, SteadyClock clock)
    : screen_(screen), quiet_(quiet), clock_(std::move(clock)) {}

Reporter::~Reporter() {
  clear();
}

void Reporter::clear() {
  if (!shown_) return;
  screen_.err << "\r\x1b[K" << std::flush;
  shown_ = false;
}

void Reporter::progress(const std::string& object, const std::string& what, int percent) {
  const std::scoped_lock lock(mutex_);
  const std::chrono::steady_clock::time_point now = clock_();
  if (quiet_ || now - begun_ < std::chrono::seconds(1)) return;
  if (!screen_.err_terminal && last_ >= begun_ && now - last_ < std::chrono::seconds(5)) return;
  last_ = now;
  std::string line = visible(object + ": " + (what.empty() ? "working" : what));
  if (percent >= 0) line += " " + std::to_string(percent) + "%";
  if (!screen_.err_terminal) {
    screen_.err << line << std::endl;
    return;
  }
  // A line that wraps could not be cleared again.
  while (display_width(line) >= screen_.width) line.pop_back();
  screen_.err << "\r\x1b[K" << line << std::flush;
  shown_ = true;
}

OnProgress Reporter::progress_of(const std::string& object) {
  return [this, object](const std::string& what, int percent) { progress(object, what, percent); };
}

void Reporter::text(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  clear();
  screen_.out << text << std::flush;
}

void Reporter::json(const Json& value) {
  const std::scoped_lock lock(mutex_);
  clear();
  print_json(screen_, value);
  screen_.out << std::flush;
}

void Reporter::error(const Error& error) {
  const std::scoped_lock lock(mutex_);
  clear();
  screen_.out << std::flush;
  screen_.err << format_error(error, screen_.colour && screen_.err_terminal) << std::flush;
}

}  // namespace croft::ctl
