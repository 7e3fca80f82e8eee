// What containers use, as a table, as lines and on a narrow terminal.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "cli/view/stats_view.h"

namespace stack::cli {
namespace {

api::ContainerFigures some_figures() {
  return {.id = std::string(64, 'a'),
          .name = "shop-web-1",
          .runs = true,
          .cpu_ns = 1'500,
          .machine_cpu_ns = 20'000,
          .processors = 2,
          .memory_bytes = 1'572'864,
          .memory_limit = 2'040'109'466,
          .received_bytes = 1'046,
          .sent_bytes = 0,
          .pids = 3};
}

StatsRow some_row() {
  api::ContainerFigures before = some_figures();
  before.cpu_ns = 500;
  before.machine_cpu_ns = 10'000;
  return stats_row("web", some_figures(), before, false);
}

TEST(StatsView, SizesAreWrittenAsDockerDoes) {
  EXPECT_EQ(short_bytes(1'046), "1.05kB");
  EXPECT_EQ(short_bytes(0), "0B");
  EXPECT_EQ(binary_bytes(1'572'864), "1.5MiB");
  EXPECT_EQ(binary_bytes(2'040'109'466), "1.9GiB");
  EXPECT_EQ(human_bytes(123'456'789), "123.5MB");
}

TEST(StatsView, ARowHasDockersTexts) {
  const StatsRow row = some_row();
  EXPECT_EQ(row.cpu, "20.00%");
  EXPECT_EQ(row.memory, "1.5MiB / 1.9GiB");
  EXPECT_EQ(row.memory_share, "0.08%");
  EXPECT_EQ(row.network, "1.05kB / 0B");
  EXPECT_EQ(stats_lines({row}),
            R"({"BlockIO":"0B / 0B","CPUPerc":"20.00%","Container":"web","ID":"aaaaaaaaaaaa","MemPerc":"0.08%",)"
            R"("MemUsage":"1.5MiB / 1.9GiB","Name":"shop-web-1","NetIO":"1.05kB / 0B","PIDs":"3"})"
            "\n");
}

TEST(StatsView, WhatIsNotKnownIsDashes) {
  EXPECT_EQ(stats_row("x", some_figures(), {}, true).cpu, "--");
  const StatsRow stopped = stats_row("x", {.id = "a", .name = "b"}, {}, true);
  EXPECT_EQ(stopped.memory, "-- / --");
  EXPECT_EQ(stopped.pids, "--");
}

TEST(StatsView, ARestartIsNoNegativeShare) {
  api::ContainerFigures before = some_figures();
  before.cpu_ns = 9'999;
  before.machine_cpu_ns = 10'000;
  EXPECT_EQ(stats_row("x", some_figures(), before, true).cpu, "0.00%");
}

TEST(StatsView, APictureFitsTheTerminal) {
  std::vector<StatsRow> rows(30, some_row());
  rows.front().name = "a-very-long-name-of-a-service-of-a-project-1";
  for (const int columns : {20, 40, 60, 80, 120}) {
    const auto picture = stats_picture(rows, columns, 10);
    EXPECT_EQ(picture.size(), 9U);
    EXPECT_TRUE(picture.back().starts_with("and 23 more")) << picture.back();
    for (const std::string& line : picture) EXPECT_LE(line.size(), static_cast<std::size_t>(columns) + 4) << line;  // two ellipses
  }
  const auto narrow = stats_picture({some_row()}, 40, 10);
  EXPECT_NE(narrow.front().find("MEM USAGE"), std::string::npos) << narrow.front();
  EXPECT_EQ(narrow.front().find("BLOCK"), std::string::npos);
  EXPECT_EQ(stats_picture({some_row()}, 200, 10).front(),
            "CONTAINER ID   NAME         CPU %     MEM USAGE / LIMIT   MEM %     NET I/O       BLOCK I/O   PIDS");
}

}  // namespace
}  // namespace stack::cli
