// What the tests of commands share: containers as the API shows them, and a daemon that has two.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/harness.h"

namespace croft::ctl {

using fakes::FakeDaemon;
using fakes::problem;
using fakes::Reply;
using fakes::Request;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

inline Json container(const std::string& name, const std::string& state,
                      const std::string& tenant = "default") {
  return {{"uuid", "6c1f0c5e-0000-4000-8000-0000000000" + std::to_string(10 + name.size())},
          {"name", name},
          {"tenant", tenant},
          {"state", state},
          {"reason", state == "failed" ? Json("the template is gone") : Json()},
          {"template", "debian-12"},
          {"labels", {{"role", "web"}}},
          {"created", "2026-11-21T02:13:00.123456Z"},
          {"spec",
           {{"template", "debian-12"},
            {"memory", {{"limit", 1073741824}}},
            {"cpu", {{"limit", 500}}},
            {"tasks", {{"limit", "unlimited"}}}}},
          {"generation", 1},
          {"addresses", {"10.0.0.8", "fd00::8"}},
          {"id_range", {{"base", 268435456}, {"size", 65536}}},
          {"init", {{"kind", "systemd"}, {"pid", state == "running" ? Json(4711) : Json()}}},
          {"started", state == "running" ? Json("2026-11-21T02:14:00Z") : Json()},
          {"up", state == "running" ? Json("running") : Json()},
          {"last_exit", nullptr},
          {"usage", state == "running"
                        ? Json{{"memory_bytes", name.size() << 20}, {"cpu_us", 1500000}, {"tasks", 12}}
                        : Json()}};
}

inline Json page(std::initializer_list<Json> items) {
  return {{"items", Json(items)}, {"next", nullptr}};
}

inline Reply two_containers(const Request& request) {
  if (request.target.starts_with("/v1/containers?"))
    return {200, page({container("web2", "running"), container("web1", "stopped")})};
  if (request.target.starts_with("/v1/containers/web1")) return {200, container("web1", "running")};
  if (request.target.starts_with("/v1/containers/web2")) return {200, container("web2", "running")};
  return {404, problem(404, "not-found", "no container `x`")};
}

}  // namespace croft::ctl
