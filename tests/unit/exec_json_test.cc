// Execs as Docker's clients send and read them, and the frames of their output.
#include "engine/api/exec_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/api/stdio_frame.h"

namespace stack::api {
namespace {

using nlohmann::json;

TEST(Execs, AreReadWithNullsForWhatIsLeftOut) {
  const ExecSpec spec = parse_exec_spec(
      R"({"Cmd":["sh","-c","x"],"Env":null,"Tty":true,"AttachStdin":true,"ConsoleSize":[24,80],"User":"1:2","DetachKeys":""})",
      "c");
  EXPECT_EQ(spec.request.container, "c");
  EXPECT_EQ(spec.request.argv.size(), 3U);
  EXPECT_TRUE(spec.request.tty && spec.attach_stdin && !spec.attach_stdout);
  EXPECT_EQ(spec.request.rows, 24);
  EXPECT_EQ(spec.request.columns, 80);
  EXPECT_EQ(spec.request.user, "1:2");
  for (const char* wrong : {"[]", "{", R"({"Cmd":"sh"})", R"({"Tty":1})"})
    EXPECT_THROW((void)parse_exec_spec(wrong, "c"), Error) << wrong;
  EXPECT_TRUE(parse_exec_start(R"({"Detach":true,"Tty":false})").detach);
  EXPECT_FALSE(parse_exec_start("").detach);
}

TEST(Execs, AreDescribedInDockersWords) {
  ExecView view{.id = "e", .spec = {}, .running = true, .exit_code = {}};
  view.spec.request.container = "c";
  view.spec.request.argv = {"sh", "-c", "x"};
  const json running = json::parse(exec_view_json(view));
  EXPECT_TRUE(running.at("ExitCode").is_null());
  EXPECT_EQ(running.at("ProcessConfig").at("entrypoint"), "sh");
  EXPECT_EQ(running.at("ProcessConfig").at("arguments"), json({"-c", "x"}));
  view.running = false;
  view.exit_code = 3;
  EXPECT_EQ(json::parse(exec_view_json(view)).at("ExitCode"), 3);
}

TEST(Execs, OutputIsFramed) {
  EXPECT_EQ(stdio_frame(2, "ab"), std::string("\2\0\0\0\0\0\0\2ab", 10));
  EXPECT_EQ(stdio_frame(1, std::string(0x01020304, 'x')).substr(4, 4), "\1\2\3\4");
}

}  // namespace
}  // namespace stack::api
