// Every JSON file under tests/golden/launch is a container as the engine keeps it; beside it stands what starting it does, step
// by step, on a host with version 2 of control groups and on one with version 1. STACK_GOLDEN_ACCEPT=1 writes that again; such a
// run counts as skipped.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/model/model_json.h"
#include "engine/sandbox/launch_plan.h"
#include "tests/places.h"

namespace stack::sandbox {
namespace {

namespace fs = std::filesystem;

fs::path cases() { return fs::path{STACK_SOURCE_DIR} / "tests/golden/launch"; }

LaunchInput input_of(const model::Container& container) {
  LaunchInput input;
  input.id = container.id;
  input.spec = container.spec;
  input.image.env = {"PATH=/usr/bin:/bin", "FROM_IMAGE=yes"};
  input.container_dir = "/r/containers/a";
  input.socket_path = "/n/a.sock";
  input.layers = {"/r/layers/2", "/r/layers/1", "/r/skeleton"};
  input.cgroup_path = "stack-tag/a";
  input.files = {{"hosts", "/etc/hosts", "127.0.0.1 localhost\n"}, {"resolv.conf", "/etc/resolv.conf", "\n"}};
  for (std::size_t i = 0; i < container.spec.mounts.size(); ++i) {
    const model::Mount& mount = container.spec.mounts[i];
    if (mount.kind == model::MountKind::volume) input.bind_sources.push_back({i, "/r/volumes/" + mount.source});
    if (mount.kind == model::MountKind::bind) input.bind_sources.push_back({i, mount.source});
  }
  return input;
}

HostFacts facts_of(cgroup::Mode mode) {
  HostFacts facts;
  facts.cgroups.mode = mode;
  if (mode == cgroup::Mode::v2) {
    facts.cgroups.v2 = "/sys/fs/cgroup";
  } else {
    for (const char* name : {"memory", "cpu", "devices", "pids", "cpuset", "freezer"}) {
      facts.cgroups.v1.push_back({{name}, std::string{"/sys/fs/cgroup/"} + name});
    }
  }
  return facts;
}

class LaunchGolden : public testing::TestWithParam<std::string> {};

TEST_P(LaunchGolden, DoesWhatIsWritten) {
  const char* const wish = std::getenv("STACK_GOLDEN_ACCEPT");
  const bool accept = wish != nullptr && std::string_view{wish} == "1";
  const auto text = read_file(cases() / (GetParam() + ".json"));
  ASSERT_TRUE(text);
  const LaunchInput input = input_of(model::parse_container(*text));
  for (const auto& [name, mode] : {std::pair{"v2", cgroup::Mode::v2}, std::pair{"v1", cgroup::Mode::v1}}) {
    const fs::path file = cases() / (GetParam() + "." + name + ".steps");
    const std::string steps = describe(make_launch_plan(input, facts_of(mode)));
    if (accept) {
      std::ofstream{file, std::ios::binary} << steps;
    } else {
      EXPECT_EQ(read_file(file).value_or(""), steps) << "run with STACK_GOLDEN_ACCEPT=1 when the change is meant";
    }
  }
  if (accept) GTEST_SKIP() << "expected steps recorded";
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator{cases()}) {
    if (entry.path().extension() == ".json") all.push_back(entry.path().stem());
  }
  std::sort(all.begin(), all.end());
  return all;
}

INSTANTIATE_TEST_SUITE_P(Containers, LaunchGolden, testing::ValuesIn(names()),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace stack::sandbox
