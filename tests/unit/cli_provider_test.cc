// What programs of providers say.
#include <chrono>

#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/commands/provider_messages.h"
#include "cli/commands/providers.h"
#include "cli/commands/session.h"
#include "cli/commands/side_program.h"

namespace stack::cli {
namespace {

TEST(ProviderMessages, EachTypeIsAWord) {
  EXPECT_EQ(parse_provider_message(R"({"type": "info", "message": "hello"})").text, "hello");
  EXPECT_EQ(parse_provider_message(R"({"type": "setenv", "message": "A=b=c"})").word, ProviderWord::set_env);
  EXPECT_EQ(parse_provider_message(R"({"type": "rawsetenv", "message": "A="})").word, ProviderWord::raw_set_env);
  EXPECT_EQ(parse_provider_message(R"({"type": "debug"})").word, ProviderWord::debug);
  EXPECT_EQ(parse_provider_message(R"({"type": "get-service-config"})").word, ProviderWord::get_service_config);
}

TEST(ProviderMessages, WhatIsNoneIsRefusedWithItsText) {
  for (const char* line : {"hello", "[]", "{}", R"({"type": "shout", "message": "x"})", R"({"type": 4})",
                           R"({"type": "setenv", "message": "A"})", R"({"type": "rawsetenv", "message": "=b"})"}) {
    try {
      parse_provider_message(line);
      ADD_FAILURE() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      EXPECT_NE(error.message().find(line), std::string::npos) << error.message();
    }
  }
}

TEST(ProviderMessages, MetadataIsOptional) {
  EXPECT_FALSE(parse_provider_metadata("").known);
  EXPECT_FALSE(parse_provider_metadata("usage: cloud").known);
  const ProviderMetadata told = parse_provider_metadata(
      R"({"description": "x", "up": {"parameters": [{"name": "size", "required": true}, 4]}, "down": {}, "stop": {}})");
  EXPECT_TRUE(told.known);
  ASSERT_EQ(told.up.size(), 1u);
  EXPECT_TRUE(told.up[0].required);
  ASSERT_TRUE(told.stop.has_value());
  EXPECT_FALSE(parse_provider_metadata(R"({"description": "x"})").stop.has_value());
}

TEST(Providers, TheEngineGetsWhatIsLeft) {
  compose::Project project;
  compose::Service& db = project.services["db"];
  db.name = "db";
  db.provider = compose::Provider{.type = "cloud"};
  compose::Service& app = project.services["app"];
  app.name = "app";
  app.depends_on["db"] = {};
  app.depends_on["cache"] = {};
  app.models["llm"] = std::nullopt;
  project.services["cache"].name = "cache";
  const compose::Project rest = without_providers(project);
  EXPECT_FALSE(rest.services.contains("db"));
  EXPECT_EQ(rest.services.at("app").depends_on.size(), 1u);
  EXPECT_TRUE(rest.services.at("app").models.empty());
}

ProgramCall shell(const std::string& script) { return {"/bin/sh", {"-c", script}, {{"PATH", "/usr/bin:/bin"}}}; }

TEST(SidePrograms, SpeakInLines) {
  std::string heard;
  const ProgramEnd end = run_program(shell("echo ask; read -r answer; echo got $answer; echo oops >&2; exit 3"),
                                     [&](std::string_view line) {
                                       heard += std::string{line} + ";";
                                       return line == "ask" ? "this\n" : "";
                                     });
  EXPECT_EQ(heard, "ask;got this;");
  EXPECT_EQ(end.code, 3);
  EXPECT_EQ(end.last_words, "oops\n");
}

// Nobody waits for what has the pipes and is another program.
TEST(SidePrograms, EndWithTheirFirstProcess) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(output_of(shell("echo one; sleep 60 & setsid sleep 5 & sleep 0.1")), "one\n");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{4});
}

TEST(SidePrograms, EndThoughTheyDoNotWantTo) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THROW(output_of(shell("trap '' TERM; kill -INT $PPID; sleep 60; sleep 60")), Error);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{30});
  interrupted.store(false);
}

}  // namespace
}  // namespace stack::cli
