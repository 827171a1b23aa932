#include "ctl/lifecycle/registry/kept_spec.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

const Json kGiven{{"template", "t"}, {"memory", {{"limit", 1 << 30}}}};

TEST(KeptSpec, SaysWhatItsJsonSays) {
  const KeptSpec spec(kGiven);
  EXPECT_EQ(spec.json(), kGiven);
  EXPECT_EQ(spec.parsed(), parse_spec(kGiven));
}

TEST(KeptSpec, CopiesAreOneObject) {
  const KeptSpec first(kGiven);
  const KeptSpec second = first;
  EXPECT_EQ(&first.parsed(), &second.parsed());
  EXPECT_EQ(&first.json(), &second.json());
}

TEST(KeptSpec, WhatIsWrongIsSaidEveryTime) {
  const KeptSpec spec(Json{{"tempalte", "t"}});
  EXPECT_THROW(static_cast<void>(spec.parsed()), runtime::Error);
  EXPECT_THROW(static_cast<void>(spec.parsed()), runtime::Error);
}

TEST(KeptSpec, AnyThreadMayBeTheFirstToAsk) {
  const KeptSpec spec(kGiven);
  std::vector<const Spec*> seen(4);
  {
    std::vector<std::jthread> threads;
    for (const Spec*& one : seen) threads.emplace_back([&one, spec] { one = &spec.parsed(); });
  }
  for (const Spec* one : seen) EXPECT_EQ(one, &spec.parsed());
}

class Memo : public testing::Test {
 protected:
  KeptSpec of(int number) {
    const std::string text = std::to_string(number);
    return memo_.of(text, [&] {
      ++reads_;
      return Json(number);
    });
  }

  SpecMemo memo_;
  int reads_ = 0;
};

TEST_F(Memo, EqualTextsAreOneObject) {
  const KeptSpec first = of(1);
  EXPECT_EQ(&first.json(), &of(1).json());
  EXPECT_NE(&first.json(), &of(2).json());
  EXPECT_EQ(reads_, 2);
}

TEST_F(Memo, WhatIsAskedForAgainAndAgainStays) {
  const KeptSpec often = of(0);
  for (int i = 1; i < 1000; ++i) {
    EXPECT_EQ(of(i).json(), Json(i));
    EXPECT_EQ(&of(0).json(), &often.json());
  }
  EXPECT_EQ(reads_, 1000);
}

TEST_F(Memo, WhatNobodyAskedForMeanwhileIsReadAgain) {
  for (int i = 0; i < 1000; ++i) of(i);
  const int before = reads_;
  EXPECT_EQ(of(0).json(), Json(0));
  EXPECT_EQ(reads_, before + 1);
  EXPECT_EQ(of(999).json(), Json(999));
  EXPECT_EQ(reads_, before + 1);
}

}  // namespace
}  // namespace croft::ctl
