#include "templates/build.h"

#include <array>
#include <string_view>

#include "runtime/error.h"
#include "templates/busybox.h"
#include "templates/debian.h"
#include "templates/entry.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;

struct Recipe {
  std::string_view name;
  std::string_view suite;  // of Debian; empty for busybox
};
constexpr std::array<Recipe, 3> kRecipes{
    {{"debian-12", "bookworm"}, {"debian-13", "trixie"}, {"busybox", ""}}};

const Recipe* find_recipe(std::string_view name) {
  for (const Recipe& recipe : kRecipes)
    if (recipe.name == name) return &recipe;
  return nullptr;
}

const Recipe& recipe_of(const std::string& name) {
  if (const Recipe* recipe = find_recipe(name)) return *recipe;
  std::string known;
  for (const std::string& each : recipes()) known += (known.empty() ? "" : ", ") + each;
  throw Error(ErrorKind::kNotFound, "there is no recipe " + shown(name)).cure("known recipes are " + known);
}

void check_suite(const std::string& suite) {
  const bool good = !suite.empty() && suite.size() < 64 && suite.front() != '-' &&
                    suite.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (!good) throw Error(ErrorKind::kInvalid, shown(suite) + " is not the name of a Debian suite");
}

// The Debian suite that is asked for; empty for busybox.
std::string suite_of(const std::string& name, const BuildRequest& request) {
  if (request.recipe != "debian") {
    std::string suite(recipe_of(request.recipe.empty() ? name : request.recipe).suite);
    if (request.suite.empty() || request.suite == suite) return suite;
    throw Error(ErrorKind::kInvalid, "a suite can be named with recipe `debian` only");
  }
  const Recipe* named = find_recipe(name);
  if (request.suite.empty())
    return named != nullptr && !named->suite.empty() ? std::string(named->suite) : "bookworm";
  check_suite(request.suite);
  return request.suite;
}

}  // namespace

std::vector<std::string> recipes() {
  std::vector<std::string> names;
  names.reserve(kRecipes.size() + 1);
  for (const Recipe& recipe : kRecipes) names.emplace_back(recipe.name);
  names.emplace_back("debian");
  return names;
}

Build prepare_build(Store& store, const std::string& name, const BuildRequest& request) {
  check_template_name(name);
  const std::string suite = suite_of(name, request);
  return suite.empty() ? prepare_busybox(store, name, request) : prepare_debian(store, name, suite, request);
}

Imported build_template(Store& store, const std::string& name, const BuildRequest& request,
                        const Control& control) {
  return prepare_build(store, name, request)(control);
}

}  // namespace croft::templates
