// A registry in a temporary directory, for the tests beside this file.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "ctl/lifecycle/registry/registry.h"
#include "runtime/error.h"

namespace croft::ctl {

class ScratchDir {
 public:
  ScratchDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "croft-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    path_ = pattern;
  }
  ~ScratchDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct RegistryTest : testing::Test {
  ScratchDir dir;
  std::string path = dir.file("state.db");
  std::unique_ptr<Registry> registry = open();

  [[nodiscard]] std::unique_ptr<Registry> open(std::size_t journal_limit = 100'000) const {
    RegistryOptions options;
    options.path = path;
    options.journal_limit = journal_limit;
    options.busy_ms = 50;
    return std::make_unique<Registry>(options);
  }
  void reopen() {
    registry.reset();
    registry = open();
  }
};

inline EventDraft draft(const std::string& kind) {
  EventDraft event;
  event.kind = kind;
  event.actor = {{"uid", 0}, {"pid", 1}, {"origin", "test"}};
  return event;
}

inline NewContainer container(const std::string& name, const std::string& tenant = "default") {
  NewContainer wanted;
  wanted.name = name;
  wanted.tenant = tenant;
  wanted.spec = Json{{"template", "t"}, {"memory", {{"limit", 1 << 30}}}};
  return wanted;
}

inline NewTenant tenant(const std::string& name, const std::string& parent = "") {
  NewTenant wanted;
  wanted.name = name;
  wanted.parent = parent;
  return wanted;
}

inline StateNote note(State state, const std::string& reason = "") {
  StateNote result;
  result.state = state;
  result.reason = reason;
  return result;
}

// The error that `action` throws; fails the test when there is none.
template <class Action>
runtime::Error error_of(Action action) {
  try {
    action();
  } catch (const runtime::Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {runtime::ErrorKind::kSystem, "nothing was thrown"};
}

}  // namespace croft::ctl
