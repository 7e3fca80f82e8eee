// process list: /proc's words for processes as ps -ef prints them.
#include "engine/service/process_list.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "engine/api/process_table.h"

namespace stack::service {
namespace {

TEST(ProcessStat, ANameMayHoldBlanksAndBrackets) {
  const auto stat = parse_process_stat(
      "42 (a) (b c) S 7 42 42 34819 42 4194560 1 2 3 4 150 50 5 6 20 0 1 0 98765 4096 1 18446744073709551615");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "a) (b c");
  EXPECT_EQ(stat->parent, 7);
  EXPECT_EQ(stat->terminal, 34819);
  EXPECT_EQ(stat->cpu_ticks, 200u);
  EXPECT_EQ(stat->start_ticks, 98765u);
}

TEST(ProcessStat, OtherTextIsNone) {
  for (const char* text : {"", "42", "42 (a", "42 a) (b S 1", "42 (a) S 7 42"})
    EXPECT_FALSE(parse_process_stat(text)) << text;
}

TEST(ProcessTexts, AreThoseOfPs) {
  EXPECT_EQ(cpu_time_text(12'345, 100), "00:02:03");
  EXPECT_EQ(cpu_time_text(100 * 3600 * 123, 100), "123:00:00");
  EXPECT_EQ(terminal_text(static_cast<std::int32_t>(makedev(136, 3))), "pts/3");
  EXPECT_EQ(terminal_text(static_cast<std::int32_t>(makedev(137, 1))), "pts/257");
  EXPECT_EQ(terminal_text(static_cast<std::int32_t>(makedev(4, 1))), "tty1");
  EXPECT_EQ(terminal_text(0), "?");
}

TEST(ProcessTexts, AStartIsAnHourADayOrAYear) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const Wall now{std::chrono::seconds{1'732'185'304}};  // 2024-11-21 10:35:04
  EXPECT_EQ(start_time_text(now, now), "10:35");
  EXPECT_EQ(start_time_text(now - std::chrono::hours{24}, now), "Nov20");
  EXPECT_EQ(start_time_text(now - std::chrono::hours{24 * 400}, now), "2023");
}

TEST(ProcessList, HasThisProcessAndLeavesOutWhatIsGone) {
  const api::ProcessTable table = processes_of({::getpid(), 0x7fffffff}, SystemClock{}.wall());
  ASSERT_EQ(table.processes.size(), 1u);
  EXPECT_EQ(table.processes[0].size(), table.titles.size());
  EXPECT_EQ(table.processes[0][1], std::to_string(::getpid()));
  EXPECT_NE(table.processes[0][7].find("unit_decision"), std::string::npos) << table.processes[0][7];
  const api::ProcessTable back = api::parse_process_table(api::process_table_json(table));
  EXPECT_EQ(back.titles, table.titles);
  EXPECT_EQ(back.processes, table.processes);
}

}  // namespace
}  // namespace stack::service
