// What COPY's sources mean in a tree, and what ADD and contexts may name of other places.
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/dockerfile/dockerfile.h"
#include "base/error.h"
#include "base/scope_guard.h"
#include "engine/build/add_sources.h"
#include "engine/build/copy_source.h"
#include "engine/fetch/download.h"
#include "engine/fetch/fetched_record.h"

namespace stack::build {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;

TEST(CopySources, ALinkThatLeadsNowhereIsNoMatchToLeaveOut) {
  const fs::path folder = fs::temp_directory_path() / ("copy_sources_" + std::to_string(::getpid()));
  const ScopeGuard remove{[&] { fs::remove_all(folder); }};
  fs::create_directories(folder / "d");
  std::ofstream{folder / "a1"} << "x";
  fs::create_symlink("a1", folder / "alink");
  fs::create_symlink("nowhere", folder / "bdangling");
  fs::create_symlink("nowhere", folder / "d/x");
  const FileTree tree{UniqueFd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)}, FileTree::Owners::ignored};
  EXPECT_EQ(select_sources(tree, {"a*"}, false, "the context").size(), 2U);
  EXPECT_TRUE(select_sources(tree, {"q*"}, false, "the context").empty());
  EXPECT_EQ(select_sources(tree, {"d"}, false, "the context").size(), 1U);
  for (const char* source : {"b*", "bdangling", "*/x", "bdangling/*"}) {
    try {
      select_sources(tree, {source}, false, "the context");
      ADD_FAILURE() << source;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::not_found);
      EXPECT_EQ(error.remedy_text(), "it is a link to \"nowhere\", which is not there") << source;
    }
  }
}

dockerfile::Add add(const std::string& line) {
  const auto parsed = dockerfile::parse_dockerfile("FROM scratch\n" + line + "\n");
  return std::get<dockerfile::Add>(parsed.dockerfile.stages.at(0).instructions.at(0).value);
}

std::string problem_of(const std::string& line) {
  const AddSources sources = sort_sources(add(line));
  return dockerfile::render(sources.problems, "Dockerfile");
}

TEST(AddSources, KeepTheOrderInWhichTheyAreWritten) {
  const AddSources sources = sort_sources(add("ADD a http://h/b c https://h/d/ /to/"));
  EXPECT_THAT(sources.of_context, ElementsAre("a", "c"));
  ASSERT_EQ(sources.remotes.size(), 2u);
  EXPECT_EQ(sources.remotes[0].before, 1u);
  EXPECT_EQ(std::get<fetch::FileWish>(sources.remotes[0].what).file_name, "b");
  EXPECT_EQ(sources.remotes[1].before, 2u);
  EXPECT_EQ(std::get<fetch::FileWish>(sources.remotes[1].what).file_name, "d");
}

TEST(AddSources, AreRefusedWithTheirPlace) {
  const std::string sum = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(problem_of("ADD https:///x /"),
            "Dockerfile:2:5: error: \"https:///x\" is no web address; write https://HOST/PATH, with %XX for what a URL "
            "may not have\n");
  EXPECT_EQ(problem_of("ADD --checksum=" + sum + " here /"),
            "Dockerfile:2:5: error: --checksum is for what ADD fetches; remove it, or write a URL\n");
  EXPECT_EQ(
      problem_of("ADD --checksum=" + sum + " http://h/a http://h/b /"),
      "Dockerfile:2:5: error: --checksum is for one source, and there are several; write an ADD for each of them\n");
  EXPECT_EQ(problem_of("ADD --checksum=" + std::string(40, 'a') + " http://h/a /"),
            "Dockerfile:2:5: error: \"" + std::string(40, 'a') +
                "\" is not the checksum of a file; write --checksum=sha256: and 64 hexadecimal digits\n");
  EXPECT_EQ(problem_of("ADD --checksum=" + sum + " http://h/a /"), "");
}

}  // namespace
}  // namespace stack::build

namespace stack::fetch {
namespace {

TEST(FileNames, AreTheLastPartOfThePath) {
  EXPECT_EQ(file_name_of("https://h/a/tool.tar.gz?x=/y#z"), "tool.tar.gz");
  EXPECT_EQ(file_name_of("https://h/a%20b"), "a b");
  EXPECT_EQ(file_name_of("https://h/a/b///"), "b");
  for (const char* none : {"https://h", "https://h/", "https://h/?a=b", "https://h/a/..", "https://h/%2e%2e",
                           "https://h/a%00b", "https://h/a%2f", "no url"})
    EXPECT_EQ(file_name_of(none), std::string{none} == "https://h/a%2f" ? "a" : "__unnamed__") << none;
}

TEST(HttpDates, HaveThreeForms) {
  const Wall moment{std::chrono::seconds{784111777}};
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), moment);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), moment);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), moment);
  for (const char* none : {"", "yesterday", "Sun, 06 Nov 1994 08:49:37 CET", "1994-11-06"})
    EXPECT_EQ(parse_http_date(none), std::nullopt) << none;
}

TEST(FetchedRecords, AreReadAsTheyWereWritten) {
  const FetchedRecord record{.key = "sha256:1",
                             .description = "https://h/a",
                             .digest = "sha256:2",
                             .etag = "\"x\"",
                             .bytes = 3,
                             .created = Wall{std::chrono::seconds{4}}};
  EXPECT_EQ(read_fetched_record(write_fetched_record(record)), record);
  EXPECT_THROW(read_fetched_record("{}"), Error);
  EXPECT_THROW(read_fetched_record("no"), Error);
}

}  // namespace
}  // namespace stack::fetch
