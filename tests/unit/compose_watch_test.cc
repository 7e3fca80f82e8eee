#include <gtest/gtest.h>

#include "base/error.h"
#include "compose/watch/watch_work.h"

namespace stack::compose {
namespace {

using watch::Change;
using watch::Changes;
using watch::Fate;

WatchFiles files_with(std::map<std::string, std::string> texts = {}) {
  return {.resolve = [](const std::string& path) { return path; },
          .read = [texts = std::move(texts)](const std::string& path) -> std::optional<std::string> {
            const auto found = texts.find(path);
            return found == texts.end() ? std::nullopt : std::optional{found->second};
          }};
}

Project project_of(std::vector<WatchTrigger> triggers, bool with_build = true) {
  Project project;
  Service& web = project.services["web"];
  web.name = "web";
  if (with_build) web.build = Build{.context = "/p"};
  web.develop = Develop{.watch = std::move(triggers)};
  return project;
}

// "web: /app/a=written /app/b=removed".
std::string text_of(const WatchWork& work) {
  std::string text;
  for (const std::string& service : work.rebuild) text += "rebuild " + service + "\n";
  for (const auto& [service, paths] : work.sync) {
    for (const auto& [place, path] : paths)
      text +=
          "sync " + service + " " + path.from + " " + (path.fate == Fate::written ? "to" : "off") + " " + place + "\n";
  }
  for (const std::string& service : work.restart) text += "restart " + service + "\n";
  for (const auto& [service, hooks] : work.exec) text += "exec " + service + " " + std::to_string(hooks.size()) + "\n";
  return text;
}

Changes written(std::initializer_list<const char*> paths) {
  Changes changes;
  for (const char* path : paths) changes.push_back({.path = path});
  return changes;
}

TEST(ComposeWatch, APathLandsBelowTheTarget) {
  const Project project = project_of({{.path = "/p/src", .action = "sync", .target = "/app/"}});
  const WatchRules rules = watch_rules(project, {}, files_with());
  EXPECT_EQ(text_of(watch_work(rules, written({"/p/src/a", "/p/src/d/b", "/p/srcs/c", "/p/x"}))),
            "sync web /p/src/a to /app/a\nsync web /p/src/d/b to /app/d/b\n");
  EXPECT_EQ(text_of(watch_work(rules, {{.path = "/p/src/a", .fate = Fate::removed}})),
            "sync web /p/src/a off /app/a\n");
}

TEST(ComposeWatch, AFileLandsAtTheTarget) {
  const Project project = project_of({{.path = "/p/conf", .action = "sync+restart", .target = "/etc/conf"}});
  EXPECT_EQ(text_of(watch_work(watch_rules(project, {}, files_with()), written({"/p/conf"}))),
            "sync web /p/conf to /etc/conf\nrestart web\n");
}

TEST(ComposeWatch, PatternsChooseAndLeaveOut) {
  const Project project = project_of({{.path = "/p/src",
                                       .action = "sync",
                                       .target = "/app",
                                       .include = {"**/*.js", "lib"},
                                       .ignore = {"lib/tmp", "!lib/tmp/keep.js"}}});
  const WatchRules rules = watch_rules(project, {}, files_with());
  EXPECT_EQ(text_of(watch_work(rules, written({"/p/src/a.js", "/p/src/a.css", "/p/src/lib/b.css", "/p/src/lib/tmp/x.js",
                                               "/p/src/lib/tmp/keep.js"}))),
            "sync web /p/src/a.js to /app/a.js\nsync web /p/src/lib/b.css to /app/lib/b.css\n"
            "sync web /p/src/lib/tmp/keep.js to /app/lib/tmp/keep.js\n");
  // What is left out may hold what is not.
  EXPECT_TRUE(rules.wants("/p/src/lib/tmp", true));
}

TEST(ComposeWatch, TheIgnoreFileOfTheBuildCounts) {
  const Project project = project_of({{.path = "/p", .action = "sync", .target = "/app"}});
  const WatchRules rules = watch_rules(project, {}, files_with({{"/p/.dockerignore", "node_modules\n*.log\n"}}));
  EXPECT_EQ(text_of(watch_work(rules, written({"/p/a.log", "/p/node_modules/x/y", "/p/b"}))),
            "sync web /p/b to /app/b\n");
  EXPECT_FALSE(rules.wants("/p/node_modules", true));
  EXPECT_TRUE(rules.settings.contains("/p/.dockerignore"));
  // One for this Dockerfile comes before it; one that leaves out everything says nothing of what is worth watching.
  const WatchRules own =
      watch_rules(project, {}, files_with({{"/p/Dockerfile.dockerignore", "*\n!src\n"}, {"/p/.dockerignore", "b\n"}}));
  EXPECT_EQ(text_of(watch_work(own, written({"/p/b"}))), "sync web /p/b to /app/b\n");
  EXPECT_THROW(watch_rules(project, {}, files_with({{"/p/.dockerignore", "[a\n"}})), Error);
}

TEST(ComposeWatch, WhatEditorsWriteForThemselvesIsNoChange) {
  const Project project = project_of({{.path = "/home/me~/src", .action = "sync", .target = "/app"}});
  const WatchRules rules = watch_rules(project, {}, files_with());
  for (const char* name : {"4913", "a~", ".a.swp", ".#a", "#a#", ".git/index", "d/.idea/x", "x___jb_tmp___"})
    EXPECT_TRUE(watch_work(rules, {{.path = std::string{"/home/me~/src/"} + name}}).empty()) << name;
  for (const char* name : {"a", "49130", "swp", ".gitignore", "#"})
    EXPECT_FALSE(watch_work(rules, {{.path = std::string{"/home/me~/src/"} + name}}).empty()) << name;
}

TEST(ComposeWatch, ARebuiltServiceIsNotSynced) {
  const Project project = project_of(
      {{.path = "/p/src", .action = "sync", .target = "/app"}, {.path = "/p/src/deps", .action = "rebuild"}});
  const WatchRules rules = watch_rules(project, {}, files_with());
  EXPECT_EQ(text_of(watch_work(rules, written({"/p/src/a", "/p/src/deps"}))), "rebuild web\n");
}

TEST(ComposeWatch, ACommandRunsOnceForABatch) {
  const Hook hook{.command = Strings{"make"}};
  const Project project = project_of({{.path = "/p/src", .action = "sync+exec", .target = "/app", .exec = hook}});
  const WatchRules rules = watch_rules(project, {}, files_with());
  EXPECT_EQ(text_of(watch_work(rules, written({"/p/src/a", "/p/src/b"}))),
            "sync web /p/src/a to /app/a\nsync web /p/src/b to /app/b\nexec web 1\n");
}

TEST(ComposeWatch, OnlyWhatAsksForItIsSyncedAtTheBeginning) {
  const Project project = project_of({{.path = "/p/a", .action = "sync", .target = "/a", .initial_sync = true},
                                      {.path = "/p/b", .action = "sync+restart", .target = "/b"}});
  const WatchRules rules = watch_rules(project, {}, files_with());
  EXPECT_EQ(text_of(initial_work(rules, written({"/p/a/x", "/p/b/y"}))), "sync web /p/a/x to /a/x\n");
}

TEST(ComposeWatch, AFolderThatGoesTakesWhatIsInIt) {
  EXPECT_EQ(removals({{"/app/d", {.from = "", .fate = Fate::removed}},
                      {"/app/d/x", {.from = "", .fate = Fate::removed}},
                      {"/app/e", {.from = "", .fate = Fate::replaced}},
                      {"/app/f", {.from = "", .fate = Fate::written}}}),
            (std::vector<std::string>{"/app/d", "/app/e"}));
}

TEST(ComposeWatch, WhatCannotBeIsRefusedWithItsPlace) {
  Project project = project_of({{.path = "/p", .action = "rebuild"}}, false);
  project.services["web"].places["develop.watch[0]"] = {"compose.yaml", 7, 11};
  try {
    watch_rules(project, {}, files_with());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "compose.yaml:7:11: can't watch service \"web\" with action rebuild without a build context");
  }
  EXPECT_THROW(watch_rules(project_of({{.path = "/p", .action = "sync+exec", .target = "/a"}}), {}, files_with()),
               Error);
  EXPECT_THROW(
      watch_rules(project_of({{.path = "/p", .action = "sync", .target = "/a", .ignore = {"[a"}}}), {}, files_with()),
      Error);
}

TEST(ComposeWatch, WhatIsMountedNeedsNoSync) {
  Project project =
      project_of({{.path = "/p/src", .action = "sync", .target = "/app"}, {.path = "/p/src", .action = "restart"}});
  project.services["web"].volumes.push_back({.type = "bind", .source = "/p", .target = "/app"});
  const WatchRules rules = watch_rules(project, {}, files_with());
  ASSERT_EQ(rules.warnings.size(), 1U);
  EXPECT_EQ(text_of(watch_work(rules, written({"/p/src/a"}))), "restart web\n");
}

TEST(ComposeWatch, OnlyTheServicesThatAreMeantAreWatched) {
  const Project project = project_of({{.path = "/p", .action = "sync", .target = "/app"}});
  EXPECT_TRUE(watch_rules(project, {"other"}, files_with()).rules.empty());
}

}  // namespace
}  // namespace stack::compose
