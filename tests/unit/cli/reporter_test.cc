#include "ctl/cli/reporter.h"

#include <gtest/gtest.h>

#include <sstream>

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using std::chrono::milliseconds;

class ReporterTest : public testing::Test {
 protected:
  Screen screen(bool terminal) { return {.out = out_, .err = err_, .err_terminal = terminal, .width = 20}; }
  SteadyClock clock() {
    return [this] { return now_; };
  }
  std::ostringstream out_;
  std::ostringstream err_;
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
};

TEST_F(ReporterTest, WhatTakesLessThanASecondShowsNoProgress) {
  Screen shown = screen(true);
  Reporter reporter(shown, false, clock());
  now_ += milliseconds(900);
  reporter.progress("web1", "mounting", 10);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ReporterTest, ATerminalHasOneLineThatIsClearedForResults) {
  Screen shown = screen(true);
  Reporter reporter(shown, false, clock());
  now_ += milliseconds(1000);
  reporter.progress("web1", "mounting", 10);
  reporter.progress("web1", "waiting for its init", -1);
  EXPECT_EQ(err_.str(), "\r\x1b[Kweb1: mounting 10%\r\x1b[Kweb1: waiting for i");
  reporter.text("web1: started\n");
  EXPECT_TRUE(err_.str().ends_with("\r\x1b[K"));
  EXPECT_EQ(out_.str(), "web1: started\n");
}

TEST_F(ReporterTest, ElsewhereALineEveryFiveSeconds) {
  Screen shown = screen(false);
  Reporter reporter(shown, false, clock());
  for (int i = 0; i < 80; ++i) {
    now_ += milliseconds(100);
    reporter.progress("web1", "building", i);
  }
  EXPECT_EQ(err_.str(), "web1: building 9%\nweb1: building 59%\n");
}

TEST_F(ReporterTest, QuietMeansQuiet) {
  Screen shown = screen(true);
  Reporter reporter(shown, true, clock());
  now_ += milliseconds(9000);
  reporter.progress("web1", "building", 1);
  EXPECT_EQ(err_.str(), "");
}

TEST(FormatError, ListsFieldsUnderOneSentence) {
  Error error(std::vector<runtime::FieldError>{{"memory.limit", "is no size"}, {"a", "unknown key"}});
  error.wrap("cannot create `web1`");
  EXPECT_EQ(format_error(error, false),
            "croft: cannot create `web1`: 2 settings are wrong\n"
            "  memory.limit  is no size\n"
            "  a             unknown key\n");
}

TEST(FormatError, OneFieldIsPartOfTheSentence) {
  const Error error(std::vector<runtime::FieldError>{{"memory.limit", "is no size"}});
  EXPECT_EQ(format_error(error, false), "croft: memory.limit: is no size\n");
}

TEST(FormatError, FieldsThatTheSentenceDoesNotSayAreListed) {
  const Error error(ErrorKind::kInvalid, "the request is wrong", {{"name", "is too long"}});
  EXPECT_EQ(format_error(error, false), "croft: the request is wrong\n  name  is too long\n");
}

TEST(FormatError, TheAttemptIsSaidOnce) {
  const Error plain(ErrorKind::kBusy, "`web1` is being changed");
  EXPECT_STREQ(with_attempt(plain, "cannot start `web1`").what(),
               "cannot start `web1`: `web1` is being changed");
  const Error full(ErrorKind::kBusy, "cannot start `web1`: busy");
  EXPECT_STREQ(with_attempt(full, "cannot start `web1`").what(), "cannot start `web1`: busy");
}

}  // namespace
}  // namespace croft::ctl
