// ctl/api/openapi.json and the route table say the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "ctl/api/routes.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using Json = nlohmann::json;
using Names = std::set<std::string>;

const Json& document() {
  static const Json json = Json::parse(runtime::read_file(CROFT_OPENAPI_FILE));
  return json;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

const Json* operation_of(const Route& route) {
  const Json& paths = document().at("paths");
  const auto path = paths.find(route.pattern);
  if (path == paths.end()) return nullptr;
  const auto operation = path->find(lower(route.method));
  return operation == path->end() ? nullptr : &*operation;
}

// Names of the parameters of one place ("query"); references are looked up.
Names parameters(const Json& operation, const std::string& place) {
  Names names;
  for (Json parameter : operation.value("parameters", Json::array())) {
    if (parameter.contains("$ref"))
      parameter = document().at(Json::json_pointer(parameter["$ref"].get<std::string>().substr(1)));
    if (parameter.at("in") == place) names.insert(parameter.at("name").get<std::string>());
  }
  return names;
}

Names choices(const Json& parameter) {
  Names values;
  for (const Json& value : parameter.at("schema").value("enum", Json::array())) values.insert(value);
  return values;
}

std::string kind_of(RouteKind kind) {
  switch (kind) {
    case RouteKind::kQuick:
      return "quick";
    case RouteKind::kWait:
      return "wait";
    case RouteKind::kOperation:
      return "operation";
    case RouteKind::kStream:
      return "stream";
    case RouteKind::kBuiltin:
      return "builtin";
  }
  return "";
}

TEST(OpenApi, every_route_is_described_as_it_is) {
  for (const Route& route : routes()) {
    SCOPED_TRACE(std::string(route.method) + " " + std::string(route.pattern));
    const Json* operation = operation_of(route);
    ASSERT_NE(operation, nullptr);
    EXPECT_EQ(operation->at("operationId"), route.verb);
    EXPECT_EQ(operation->at("x-croft-kind"), kind_of(route.kind));
    Names query;
    for (const std::string_view key : query_keys(route)) query.emplace(key);
    EXPECT_EQ(parameters(*operation, "query"), query);
    EXPECT_EQ(operation->contains("requestBody"), route.body != BodyRule::kNone);
    const Json body = operation->value("requestBody", Json::object());
    EXPECT_EQ(body.value("required", false), route.body == BodyRule::kRequired);
    EXPECT_EQ(parameters(*operation, "header").contains("If-Match"), !route.show.empty());
    EXPECT_TRUE(operation->at("responses").contains("default"));
    EXPECT_FALSE(operation->at("summary").get<std::string>().empty());
  }
}

TEST(OpenApi, values_of_query_parameters_are_those_that_are_taken) {
  for (const Json& parameter : document().at("components").at("parameters")) {
    if (parameter.at("in") != "query") continue;
    const std::string name = parameter.at("name");
    Names taken;
    for (const std::string_view value : choices_of(name)) taken.emplace(value);
    EXPECT_EQ(choices(parameter), taken) << name;
  }
}

TEST(OpenApi, everything_described_is_served) {
  for (const auto& [path, operations] : document().at("paths").items())
    for (const auto& [method, operation] : operations.items()) {
      const auto served = std::any_of(routes().begin(), routes().end(), [&](const Route& route) {
        return route.pattern == path && lower(route.method) == method;
      });
      EXPECT_TRUE(served) << method << " " << path;
    }
}

TEST(OpenApi, path_parameters_are_those_of_the_path) {
  for (const Route& route : routes()) {
    Names expected;
    std::string_view rest = route.pattern;
    for (std::size_t at = 0; (at = rest.find('{')) != std::string_view::npos;) {
      rest.remove_prefix(at + 1);
      expected.emplace(rest.substr(0, rest.find('}')));
    }
    EXPECT_EQ(parameters(*operation_of(route), "path"), expected) << route.pattern;
  }
}

// The fields that lists can be filtered by are the properties that the document gives their items.
TEST(OpenApi, fields_of_lists_are_properties_of_their_schema) {
  for (const Route& route : routes()) {
    if (!is_list(route)) continue;
    const Json& schema =
        operation_of(route)->at("responses").at("200").at("content").at("application/json").at("schema");
    const auto item = schema.at("properties").at("items").at("items").at("$ref").get<std::string>();
    Names described;
    for (const auto& [name, value] :
         document().at(Json::json_pointer(item.substr(1))).at("properties").items())
      described.insert(name);
    Names fields;
    for (const std::string_view field : split_words(route.fields)) fields.emplace(field);
    EXPECT_EQ(fields, described) << route.pattern;
  }
}

void expect_references(const Json& json) {
  if (json.is_object() && json.contains("$ref")) {
    const Json::json_pointer target(json["$ref"].get<std::string>().substr(1));
    EXPECT_TRUE(document().contains(target)) << target;
  }
  if (json.is_structured())
    for (const Json& part : json) expect_references(part);
}

TEST(OpenApi, references_lead_somewhere) {
  expect_references(document());
}

}  // namespace
}  // namespace croft::ctl
