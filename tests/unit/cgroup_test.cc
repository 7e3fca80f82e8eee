// Layouts, limits and figures of control groups, from text.
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/cgroup/layout.h"
#include "engine/cgroup/limits.h"
#include "engine/cgroup/stats.h"

namespace stack::cgroup {
namespace {

constexpr const char* kPure = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kHybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "36 31 0:33 / /mnt/dev\\040ices rw - cgroup cgroup rw,devices\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    "42 31 0:32 / /elsewhere/memory rw - cgroup cgroup rw,memory\n";

TEST(CgroupLayout, pure_version_2) {
  const Layout layout = parse_layout(kPure);
  EXPECT_EQ(layout.mode, Mode::v2);
  EXPECT_EQ(layout.folder("memory", "a/b"), "/sys/fs/cgroup/a/b");
  EXPECT_EQ(layout.folders("a"), std::vector<std::string>{"/sys/fs/cgroup/a"});
}

TEST(CgroupLayout, hybrid) {
  const Layout layout = parse_layout(kHybrid);
  EXPECT_EQ(layout.mode, Mode::hybrid);
  EXPECT_EQ(layout.v1.size(), 4U);
  EXPECT_EQ(layout.folder("cpuacct", "x"), "/sys/fs/cgroup/cpu,cpuacct/x");
  EXPECT_EQ(layout.folder("devices", "x"), "/mnt/dev ices/x");
  EXPECT_EQ(layout.folder("pids", "x"), "");
  EXPECT_EQ(layout.folders("x").size(), 5U);
}

TEST(CgroupLayout, hostile_text) {
  for (const char* text : {"", "\n\n", "- - - -", "1 2 3 4 5 6 - cgroup", "\\0\\04\\777 - cgroup2 a b c d e f g"}) {
    EXPECT_THROW(parse_layout(text), Error) << text;
  }
}

TEST(CgroupLimits, version_2) {
  model::Resources resources;
  resources.memory_max = 64 << 20;
  resources.memory_swap = 96 << 20;
  resources.nano_cpus = 1'500'000'000;
  resources.cpu_shares = 1024;
  resources.pids_max = -1;
  resources.cpuset = "0-1";
  resources.memory_nodes = "0";
  const std::vector<Write> expected = {{"memory", "memory.max", "67108864"}, {"memory", "memory.swap.max", "33554432"},
                                       {"cpu", "cpu.weight", "39"},          {"cpu", "cpu.max", "150000 100000"},
                                       {"cpuset", "cpuset.cpus", "0-1"},     {"cpuset", "cpuset.mems", "0"},
                                       {"pids", "pids.max", "max"}};
  EXPECT_EQ(limit_writes(resources, Mode::v2, true), expected);
}

TEST(CgroupLimits, version_1) {
  model::Resources resources;
  resources.memory_max = 64 << 20;
  resources.cpu_quota_us = 50'000;
  resources.cpu_period_us = 200'000;
  resources.oom_kill_disable = true;
  const std::vector<Write> expected = {{"memory", "memory.limit_in_bytes", "67108864"},
                                       {"memory", "memory.memsw.limit_in_bytes", "134217728"},
                                       {"memory", "memory.oom_control", "1"},
                                       {"cpu", "cpu.cfs_period_us", "200000"},
                                       {"cpu", "cpu.cfs_quota_us", "50000"}};
  EXPECT_EQ(limit_writes(resources, Mode::hybrid, true), expected);
}

TEST(CgroupLimits, devices_have_lines_of_their_own) {
  model::Resources resources;
  resources.device_weights = {{"/dev/a", 505}};
  resources.read_bytes = {{"/dev/a", 1024}, {"/dev/b", 0}};
  resources.write_operations = {{"/dev/b", 7}};
  const DeviceNumbers numbers{{"/dev/a", "8:0"}, {"/dev/b", "8:16"}};
  EXPECT_EQ(limit_writes(resources, Mode::v2, true, &numbers),
            (std::vector<Write>{{"io", "io.bfq.weight", "8:0 505", true},
                                {"io", "io.weight", "8:0 5000", true},
                                {"io", "io.max", "8:0 rbps=1024"},
                                {"io", "io.max", "8:16 rbps=max"},
                                {"io", "io.max", "8:16 wiops=7"}}));
  EXPECT_EQ(limit_writes(resources, Mode::hybrid, true, &numbers),
            (std::vector<Write>{{"blkio", "blkio.weight_device", "8:0 505", true},
                                {"blkio", "blkio.bfq.weight_device", "8:0 505", true},
                                {"blkio", "blkio.throttle.read_bps_device", "8:0 1024"},
                                {"blkio", "blkio.throttle.read_bps_device", "8:16 0"},
                                {"blkio", "blkio.throttle.write_iops_device", "8:16 7"}}));
  EXPECT_TRUE(limit_writes(resources, Mode::v2, true).empty()) << "they are only judged";
  resources.device_weights = {{"/dev/a", 5}};
  EXPECT_THROW(limit_writes(resources, Mode::v2, true), Error);
  resources.device_weights.clear();
  resources.read_bytes = {{"/dev/a", -1}};
  EXPECT_THROW(limit_writes(resources, Mode::v2, true), Error);
}

TEST(CgroupLimits, real_time_is_for_version_1) {
  model::Resources resources;
  resources.realtime_period_us = 1000;
  resources.realtime_runtime_us = 500;
  EXPECT_EQ(limit_writes(resources, Mode::hybrid, true),
            (std::vector<Write>{{"cpu", "cpu.rt_period_us", "1000"}, {"cpu", "cpu.rt_runtime_us", "500"}}));
  try {
    limit_writes(resources, Mode::v2, true);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_EQ(error.attribute(), "cpu_rt_runtime");
  }
}

TEST(CgroupLimits, nothing_wished_nothing_written) { EXPECT_TRUE(limit_writes({}, Mode::v2, true).empty()); }

TEST(CgroupLimits, contradictions_are_refused) {
  const auto refused = [](auto change) {
    model::Resources resources;
    change(resources);
    EXPECT_THROW(limit_writes(resources, Mode::v2, true), Error);
  };
  refused([](auto& r) { r.memory_max = 1000; });
  refused([](auto& r) { r.memory_max = -5; });
  refused([](auto& r) { r.memory_swap = 1 << 30; });
  refused([](auto& r) { r.memory_max = 1 << 30, r.memory_swap = 1 << 20; });
  refused([](auto& r) { r.nano_cpus = 1, r.cpu_quota_us = 5000; });
  refused([](auto& r) { r.cpu_period_us = 10; });
  refused([](auto& r) { r.cpuset = "0\n1"; });
  refused([](auto& r) { r.memory_nodes = "first"; });
  refused([](auto& r) { r.oom_kill_disable = true; });
}

TEST(CgroupLimits, shares_become_weights) {
  EXPECT_EQ(weight_of_shares(2), 1U);
  EXPECT_EQ(weight_of_shares(262'144), 10'000U);
  EXPECT_EQ(weight_of_shares(1 << 30), 10'000U);
  EXPECT_EQ(weight_of_shares(0), 0U);
}

TEST(CgroupStats, reads_what_is_there) {
  EXPECT_EQ(flat_value("usage_usec 12\nuser_usec 5\n", "user_usec"), 5U);
  EXPECT_EQ(flat_value("usage_usec", "usage_usec"), std::nullopt);
  EXPECT_EQ(flat_value("x 99999999999999999999999", "x"), std::nullopt);
  EXPECT_EQ(single_value("max\n"), 0U);
  EXPECT_EQ(single_value("9223372036854771712\n"), 0U);
  EXPECT_EQ(single_value("42\n"), 42U);
  Stats stats;
  add_io_stat("8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0\n8:16 rbytes=1 garbage wios=x\n=\n", stats);
  EXPECT_EQ(stats.read_bytes, 11U);
  EXPECT_EQ(stats.written_bytes, 20U);
  EXPECT_EQ(stats.writes, 2U);
  ASSERT_EQ(stats.io_bytes.size(), 3U);
  EXPECT_EQ(stats.io_bytes.at(2), (model::BlockFigure{8, 16, "read", 1}));
  EXPECT_EQ(number_list("12 0 7 \n9"), (std::vector<std::uint64_t>{12, 0, 7}));
  EXPECT_EQ(flat_values("anon 1\nbroken\nfile 2 3\n"),
            (std::map<std::string, std::uint64_t>{{"anon", 1}, {"file", 2}}));
  std::uint64_t read = 0, written = 0;
  const std::vector<model::BlockFigure> figures = block_figures("8:0 Read 5\n8:0 Write 6\nx:1 Read 7\nTotal 11\n");
  const std::vector<model::BlockFigure> wanted{{8, 0, "Read", 5}, {8, 0, "Write", 6}};
  EXPECT_EQ(figures, wanted);
  add_blkio(figures, read, written);
  EXPECT_EQ(read, 5U);
  EXPECT_EQ(written, 6U);
}

}  // namespace
}  // namespace stack::cgroup
