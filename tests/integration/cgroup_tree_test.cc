// Control groups of running containers: figures, pausing, changed limits, killing, removal.
#include "engine/cgroup/cgroup_tree.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>

#include "base/error.h"
#include "base/file.h"
#include "engine/cgroup/stats.h"
#include "tests/integration/container_fixture.h"

namespace stack::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using CgroupTest = ContainerTest;

TEST_F(CgroupTest, reads_the_figures_of_a_container) {
  TestContainer box(root_, "figures");
  box.input.spec.resources.memory_max = 64 << 20;
  box.input.spec.resources.pids_max = 77;
  box.input.spec.command = {"sh", "-c", "dd if=/dev/zero of=/tmp/x bs=1M count=5 2>/dev/null; echo done; sleep 1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  while (box.out() != "done\n") ASSERT_TRUE(box.exec({{"true"}}).started);
  const auto stats = cgroup::read_stats(machine().cgroups, box.input.cgroup_path);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->memory_max, 64U << 20);
  EXPECT_GT(stats->memory_bytes, 100'000U);
  EXPECT_GT(stats->cpu_usage_ns, 0U);
  EXPECT_EQ(stats->pids_max, 77U);
  EXPECT_GE(stats->pids, 1U);
  EXPECT_FALSE(cgroup::read_stats(machine().cgroups, box.input.cgroup_path + "-not"));
}

TEST_F(CgroupTest, changes_limits_in_both_directions) {
  TestContainer box(root_, "change");
  box.input.spec.resources.memory_max = 64 << 20;
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  for (const std::int64_t bytes : {std::int64_t{512} << 20, std::int64_t{32} << 20}) {
    model::Resources resources;
    resources.memory_max = bytes;
    resources.pids_max = 11;
    cgroup::apply(machine().cgroups, box.input.cgroup_path,
                  cgroup::limit_writes(resources, machine().cgroups.mode, machine().swap_accounting));
    const auto stats = cgroup::read_stats(machine().cgroups, box.input.cgroup_path);
    ASSERT_TRUE(stats);
    EXPECT_EQ(stats->memory_max, static_cast<std::uint64_t>(bytes));
    EXPECT_EQ(stats->pids_max, 11U);
  }
}

TEST_F(CgroupTest, a_frozen_container_can_be_killed) {
  TestContainer box(root_, "frozen");
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  cgroup::set_frozen(machine().cgroups, box.input.cgroup_path, true);
  if (const std::string* freezer = machine().cgroups.find("freezer")) {
    EXPECT_THAT(*read_file(*freezer + "/" + box.input.cgroup_path + "/freezer.state"), HasSubstr("FR"));
  }
  cgroup::kill_all(machine().cgroups, box.input.cgroup_path);
  EXPECT_EQ(box.wait(), SIGKILL);
}

TEST_F(CgroupTest, a_frozen_container_is_killed_with_the_tree_above_it) {
  TestContainer box(root_, "frozen-below");
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  cgroup::set_frozen(machine().cgroups, box.input.cgroup_path, true);
  cgroup::kill_all(machine().cgroups, fs::path{box.input.cgroup_path}.parent_path().string());
  EXPECT_EQ(box.wait(), SIGKILL);
}

TEST_F(CgroupTest, a_group_that_is_gone_has_nothing_to_continue) {
  const std::string path = "stack-gone" + std::to_string(::getpid());
  EXPECT_NO_THROW(cgroup::set_frozen(machine().cgroups, path, false));
  EXPECT_THROW(cgroup::set_frozen(machine().cgroups, path, true), Error);
}

TEST_F(CgroupTest, makes_parents_and_removes_whole_trees) {
  const std::string path = "stack-tree" + std::to_string(::getpid());
  cgroup::make_parent(machine().cgroups, path + "/a/b");
  cgroup::make_parent(machine().cgroups, path + "/a/b");
  for (const std::string& folder : machine().cgroups.folders(path + "/a/b")) EXPECT_TRUE(fs::exists(folder)) << folder;
  EXPECT_TRUE(cgroup::remove_tree(machine().cgroups, path).empty());
  for (const std::string& folder : machine().cgroups.folders(path)) EXPECT_FALSE(fs::exists(folder)) << folder;
  EXPECT_TRUE(cgroup::remove_tree(machine().cgroups, path).empty());
}

TEST_F(CgroupTest, a_hierarchy_that_favours_joins_is_held_by_its_descriptor) {
  if (machine().cgroups.mode == cgroup::Mode::v2) GTEST_SKIP() << "version 2 needs none";
  const UniqueFd held = cgroup::favour_joins(machine().cgroups, "test" + std::to_string(::getpid()));
  ASSERT_TRUE(held);
  EXPECT_THAT(*read_file("/proc/self/cgroup"), HasSubstr("name=stack-test" + std::to_string(::getpid())));
  EXPECT_EQ(cgroup::detect_layout(), machine().cgroups) << "it must not show up among the mounts";
}

}  // namespace
}  // namespace stack::test
