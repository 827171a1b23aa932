#include "runtime/error.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

namespace croft::runtime {
namespace {

constexpr std::array kAllKinds{ErrorKind::kInvalid,     ErrorKind::kNotFound,  ErrorKind::kExists,
                               ErrorKind::kConflict,    ErrorKind::kRefused,   ErrorKind::kBusy,
                               ErrorKind::kUnsupported, ErrorKind::kExhausted, ErrorKind::kTimeout,
                               ErrorKind::kUnavailable, ErrorKind::kSystem};

TEST(ErrorKinds, EveryKindHasACodeOfItsOwnThatLeadsBack) {
  std::set<std::string_view> codes;
  for (const ErrorKind kind : kAllKinds) {
    EXPECT_TRUE(codes.insert(code_of(kind)).second) << code_of(kind);
    EXPECT_EQ(kind_of_code(code_of(kind)), kind);
  }
}

TEST(ErrorKinds, AnUnknownCodeIsASystemError) {
  EXPECT_EQ(kind_of_code("no-such-code"), ErrorKind::kSystem);
  EXPECT_EQ(kind_of_code(""), ErrorKind::kSystem);
}

TEST(ErrorKinds, ErrnoBecomesTheKindThatAnOperatorExpects) {
  const std::array<std::pair<int, ErrorKind>, 10> expected{{{EINVAL, ErrorKind::kInvalid},
                                                            {ENOENT, ErrorKind::kNotFound},
                                                            {EEXIST, ErrorKind::kExists},
                                                            {EPERM, ErrorKind::kRefused},
                                                            {EBUSY, ErrorKind::kBusy},
                                                            {ENOSYS, ErrorKind::kUnsupported},
                                                            {ENOSPC, ErrorKind::kExhausted},
                                                            {ETIMEDOUT, ErrorKind::kTimeout},
                                                            {ECONNREFUSED, ErrorKind::kUnavailable},
                                                            {EIO, ErrorKind::kSystem}}};
  for (const auto& [number, kind] : expected) EXPECT_EQ(kind_of_errno(number), kind) << std::strerror(number);
}

TEST(Error, SaysWhatWasTriedAndTheReasonOfTheSystem) {
  const Error error(ErrorKind::kNotFound, "cannot open `x`", ENOENT);
  EXPECT_STREQ(error.what(), "cannot open `x`: No such file or directory");
  EXPECT_EQ(error.error_number(), ENOENT);
}

TEST(Error, WrapPutsTheOuterWordsInFrontAndTheCureAtTheEnd) {
  Error error(ErrorKind::kUnsupported, "cannot mount overlay", ENODEV);
  error.wrap("cannot start `web1`").cure("load the module `overlay`");
  EXPECT_STREQ(error.what(),
               "cannot start `web1`: cannot mount overlay: No such device; load the module `overlay`");
  EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
}

TEST(Error, SeveralWrongFieldsAreOneInvalidRequestThatListsThemAll) {
  const Error error(std::vector<FieldError>{{"memory.limit", "is not a size"}, {"name", "is empty"}});
  EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
  EXPECT_STREQ(error.what(), "memory.limit: is not a size; name: is empty");
  ASSERT_EQ(error.fields().size(), 2U);
  EXPECT_EQ(error.fields()[1].path, "name");
}

TEST(Error, FailErrnoTakesKindAndNumberFromErrno) {
  errno = EACCES;
  try {
    fail_errno("cannot write `x`");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kRefused);
    EXPECT_EQ(error.error_number(), EACCES);
    return;
  }
  FAIL() << "fail_errno returned";
}

}  // namespace
}  // namespace croft::runtime
