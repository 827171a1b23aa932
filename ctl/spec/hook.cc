#include "ctl/spec/hook.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "ctl/spec/bounds.h"
#include "ctl/spec/choices.h"
#include "ctl/spec/codecs.h"
#include "ctl/spec/readers.h"

namespace croft::ctl {
namespace {

using codecs::refuse;
using codecs::refuse_text;

constexpr std::array kEventNames{
    std::pair{HookEvent::kPreCreate, std::string_view("pre-create")},
    std::pair{HookEvent::kPreStart, std::string_view("pre-start")},
    std::pair{HookEvent::kPostStart, std::string_view("post-start")},
    std::pair{HookEvent::kPreStop, std::string_view("pre-stop")},
    std::pair{HookEvent::kPostStop, std::string_view("post-stop")},
    std::pair{HookEvent::kPostDestroy, std::string_view("post-destroy")},
};

constexpr std::string_view kInside = "inside";
constexpr std::string_view kTimeout = "timeout=";
constexpr std::string_view kOnFailure = "on-failure=";
constexpr std::string_view kRefuse = "refuse";
constexpr std::string_view kIgnore = "ignore";

// The end of a text in JSON that begins `text`, behind its quote.
std::size_t end_of_quoted(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  refuse("has a quote without its end");
}

// Takes the next word off the text.
std::string next_word(std::string_view& text) {
  std::string word;
  std::size_t end = std::min(text.find(' '), text.size());
  if (text.starts_with('"')) {
    end = end_of_quoted(text);
    if (end < text.size() && text[end] != ' ') refuse("has no blank behind a quoted word");
    word = codecs::Argument::read(parse_json(text.substr(0, end)));
  } else {
    word = text.substr(0, end);
    if (word.find('"') != std::string::npos)
      refuse_text(word, "has quotes within: quote the whole word, as a text in JSON");
  }
  text.remove_prefix(end);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return word;
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && std::isalnum(static_cast<unsigned char>(text.front())) != 0 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
         });
}

void check_program(const Hook& hook) {
  if (hook.words.empty()) refuse("names no program");
  if (hook.words.size() > kMaxCommand) refuse("has more than " + std::to_string(kMaxCommand) + " words");
  const std::string& program = hook.words.front();
  if (hook.inside && (!program.starts_with('/') || program.size() > kMaxPath))
    refuse_text(program, "is no absolute path of a program inside");
  if (!hook.inside && (!is_plain_name(program) || program == kInside || program.size() > kMaxName))
    refuse_text(program, "is no program of the host's directory of hooks: write its plain file name");
}

void take_timeout(std::string_view text, Hook& hook) {
  hook.timeout = parse_seconds(text);
  codecs::check_range(hook.timeout.value, 1, kMaxHookTimeout, "timeout=1s..1h");
}

bool refuses_by(std::string_view text) {
  if (text != kRefuse && text != kIgnore) refuse_text(text, "is neither on-failure=refuse nor ignore");
  return text == kRefuse;
}

// False when it is the program.
bool take_option(std::string_view word, Hook& hook) {
  if (word == kInside)
    hook.inside = true;
  else if (word.starts_with(kTimeout))
    take_timeout(word.substr(kTimeout.size()), hook);
  else if (word.starts_with(kOnFailure))
    hook.refuses = refuses_by(word.substr(kOnFailure.size()));
  else
    return false;
  return true;
}

std::string quoted_if_needed(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(),
                                                  [](unsigned char c) { return c > ' ' && c != '"'; });
  return plain ? word : Json(word).dump();
}

}  // namespace

std::string_view to_text(HookEvent event) {
  return codecs::name_in(kEventNames, event);
}

std::optional<HookEvent> hook_event_of(std::string_view text) {
  for (const auto& [event, name] : kEventNames)
    if (name == text) return event;
  return std::nullopt;
}

bool is_before(HookEvent event) {
  return event == HookEvent::kPreCreate || event == HookEvent::kPreStart || event == HookEvent::kPreStop;
}

Hook parse_hook(std::string_view text) {
  Hook hook;
  bool options = true;
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  while (!text.empty()) {
    const bool quoted = text.starts_with('"');
    std::string word = next_word(text);
    options = options && !quoted && take_option(word, hook);
    if (!options) hook.words.push_back(std::move(word));
  }
  check_program(hook);
  return hook;
}

std::string to_text(const Hook& hook) {
  std::string text = hook.inside ? std::string(kInside) + " " : "";
  if (hook.timeout != Hook{}.timeout) text += std::string(kTimeout) + format(hook.timeout) + " ";
  if (hook.refuses) text += std::string(kOnFailure) + std::string(*hook.refuses ? kRefuse : kIgnore) + " ";
  for (std::size_t i = 0; i < hook.words.size(); ++i)
    text += (i == 0 ? "" : " ") + quoted_if_needed(hook.words[i]);
  return text;
}

std::string problem_of(HookEvent event, const Hook& hook) {
  if (hook.inside && event != HookEvent::kPostStart && event != HookEvent::kPreStop)
    return "cannot be run inside, where nothing runs then: only post-start and pre-stop can";
  if (hook.refuses.value_or(false) && !is_before(event))
    return "cannot refuse what has been done: on-failure=refuse is for pre-create, pre-start and pre-stop";
  return {};
}

namespace codecs {

HookText::Value HookText::read(const Json& json) {
  return parse_hook(text_of(json, kMaxHook));
}

void check_hook_event(std::string_view name) {
  if (!hook_event_of(name))
    refuse_text(name, "is none of pre-create, pre-start, post-start, pre-stop, post-stop and post-destroy");
}

}  // namespace codecs

}  // namespace croft::ctl
