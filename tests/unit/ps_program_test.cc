// ps program: the words of its arguments and the rows of its output.
#include "engine/service/ps_program.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace stack::service {
namespace {

using Words = std::vector<std::string>;

TEST(PsProgram, NoOtherColumnMayCallItselfPid) {
  EXPECT_EQ(ps_words("  -o pid,comm\taux "), (Words{"-o", "pid,comm", "aux"}));
  EXPECT_EQ(ps_words("-o pid=PID"), (Words{"-o", "pid=PID"}));
  EXPECT_THROW(ps_words("-o ppid=PID"), Error);
}

TEST(PsProgram, OnlyTheContainersRowsCountAndTheLastCellKeepsItsBlanks) {
  const api::ProcessTable table = parse_ps_output(
      "  PID  SPID COMMAND\n   1     1 init\n 42  -  sleep 100  days\n  -  43 -\n  7 7 other\n  - 8 -\n", {42});
  EXPECT_EQ(table.titles, (Words{"PID", "SPID", "COMMAND"}));
  EXPECT_EQ(table.processes, (std::vector<Words>{{"42", "-", "sleep 100 days"}, {"-", "43", "-"}}));
  EXPECT_THROW(parse_ps_output("COMMAND\nsh\n", {42}), Error);
}

TEST(PsProgram, TheMachinesPsKnowsThisProcess) {
  const std::int32_t self = ::getpid();
  try {
    const api::ProcessTable table = run_ps({"-o", "pid,comm"}, {self}, SystemClock{});
    ASSERT_EQ(table.processes.size(), 1U);
    EXPECT_EQ(table.processes.front().front(), std::to_string(self));
    EXPECT_THROW(run_ps({"--no-such-option"}, {self}, SystemClock{}), Error);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unsupported) throw;
    GTEST_SKIP() << error.message();
  }
}

TEST(PsProgram, OneThatHangsIsGivenUp) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("ps_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  replace_file(folder / "ps", "#!/bin/sh\nexec sleep 1000\n", Durable::no, 0755);
  const std::string usual = ::getenv("PATH");
  ::setenv("PATH", (folder.string() + ":" + usual).c_str(), 1);
  try {
    run_ps({"aux"}, {1}, SystemClock{}, std::chrono::milliseconds{50});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable) << error.message();
  }
  ::setenv("PATH", usual.c_str(), 1);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace stack::service
