// hook.EVENT as it is typed, and what may not be one.
#include "ctl/spec/hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/spec/patch.h"
#include "ctl/spec/spec.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    parse_hook(text);
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kInvalid);
    return error.what();
  }
  return {};
}

std::string problem(const std::string& event, const std::string& text) {
  try {
    parse_spec(apply_assignments({{"template", "t"}}, {{"hook." + event, text}}));
  } catch (const runtime::Error& error) {
    return error.what();
  }
  return {};
}

TEST(Hooks, AreWordsWithoutAShell) {
  const Hook hook = parse_hook("register --to $HOME 'a b' *");
  EXPECT_THAT(hook.words, ElementsAre("register", "--to", "$HOME", "'a", "b'", "*"));
  EXPECT_EQ(hook.timeout, Seconds{30});
  EXPECT_FALSE(hook.inside);
  EXPECT_FALSE(hook.refuses);
}

TEST(Hooks, QuoteWordsAsTextsInJson) {
  const Hook hook = parse_hook(R"(note "a b" "" "say \"hi\"" "two\nlines" "timeout=5")");
  EXPECT_THAT(hook.words, ElementsAre("note", "a b", "", "say \"hi\"", "two\nlines", "timeout=5"));
  EXPECT_EQ(to_text(hook), R"(note "a b" "" "say \"hi\"" "two\nlines" timeout=5)");
  EXPECT_EQ(parse_hook(to_text(hook)), hook);
}

TEST(Hooks, BeginWithTheirOptions) {
  const Hook hook = parse_hook("  on-failure=refuse   timeout=120s inside /bin/drain  inside ");
  EXPECT_TRUE(hook.inside);
  EXPECT_EQ(hook.timeout, Seconds{120});
  EXPECT_EQ(hook.refuses, true);
  EXPECT_THAT(hook.words, ElementsAre("/bin/drain", "inside"));
  EXPECT_EQ(to_text(hook), "inside timeout=2min on-failure=refuse /bin/drain inside");
  EXPECT_EQ(to_text(parse_hook("timeout=30s note")), "note");
}

TEST(Hooks, NameProgramsOfTheDirectoryOrPathsInside) {
  for (const char* text : {"/usr/bin/note", "../note", ".note", "a/b", "\"inside\"", "\"\"", "no?te"})
    EXPECT_THAT(refusal(text), HasSubstr("is no program of the host's directory of hooks")) << text;
  for (const char* text : {"inside note", "inside ./note", "inside \"\""})
    EXPECT_THAT(refusal(text), HasSubstr("is no absolute path")) << text;
}

TEST(Hooks, ThatSayNothingOrTooMuchAreRefused) {
  EXPECT_THAT(refusal(""), HasSubstr("names no program"));
  EXPECT_THAT(refusal("inside timeout=5"), HasSubstr("names no program"));
  EXPECT_THAT(refusal("timeout=0 note"), HasSubstr("out of range"));
  EXPECT_THAT(refusal("timeout=61min note"), HasSubstr("out of range"));
  EXPECT_THAT(refusal("on-failure=never note"), HasSubstr("on-failure=refuse nor ignore"));
  EXPECT_THAT(refusal("note \"a"), HasSubstr("a quote without its end"));
  EXPECT_THAT(refusal("note a\"b\""), HasSubstr("has quotes within"));
  EXPECT_THAT(refusal("note \"a\"b"), HasSubstr("no blank behind"));
  EXPECT_THAT(refusal(R"(note "\q")"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal(R"(note "a\u0000b")"), HasSubstr("control characters"));
  std::string many = "note";
  for (int i = 0; i < 256; ++i) many += " x";
  EXPECT_THAT(refusal(many), HasSubstr("more than 256 words"));
}

TEST(Hooks, AreOfEventsThatTheyFit) {
  for (const HookEvent event : kHookEvents) {
    const std::string name(to_text(event));
    EXPECT_EQ(hook_event_of(name), event);
    EXPECT_EQ(problem(name, "note a"), "") << name;
    EXPECT_EQ(problem(name, "on-failure=ignore note"), "") << name;
    const bool runs = event == HookEvent::kPostStart || event == HookEvent::kPreStop;
    EXPECT_EQ(problem(name, "inside /bin/true").empty(), runs) << name;
    EXPECT_EQ(problem(name, "on-failure=refuse note").empty(), name.starts_with("pre-")) << name;
  }
  EXPECT_THAT(problem("start", "note"), HasSubstr("none of pre-create, pre-start"));
  EXPECT_THAT(problem("post-stop", "inside /bin/true"), HasSubstr("hook.post-stop"));
}

}  // namespace
}  // namespace croft::ctl
