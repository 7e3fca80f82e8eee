// compose/draft: what folders say of themselves, and that each draft is a Compose file that loads.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/error.h"
#include "compose/draft/draft.h"
#include "compose/draft/package_json.h"
#include "compose/load/loader.h"
#include "compose/remote/system_files.h"

namespace stack::compose {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class LookAround : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stack-draft-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = fs::path{pattern} / "My Shop";
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_.parent_path()); }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream{folder_ / name} << text;
  }
  [[nodiscard]] Program only() const {
    const FolderFacts facts = look_around(folder_);
    EXPECT_EQ(facts.programs.size(), 1u);
    return facts.programs.empty() ? Program{} : facts.programs.front();
  }
  fs::path folder_;
};

TEST_F(LookAround, ADockerfileWinsAndItsManifestTellsWhatItNeeds) {
  write("Dockerfile", "FROM a AS build\nEXPOSE 1\nFROM b\nEXPOSE 8080 9090/udp 8080/tcp $PORT\n");
  write("package.json", R"({"dependencies": {"pg": "8", "@nestjs/redis": "1"}})");
  const Program program = only();
  EXPECT_EQ(program.stack, Stack::dockerfile);
  EXPECT_EQ(program.folder, ".");
  EXPECT_THAT(program.ports, ElementsAre(8080));
  EXPECT_THAT(program.stores, ElementsAre(Store::postgres, Store::redis));
  EXPECT_EQ(look_around(folder_).name, "myshop");
}

TEST_F(LookAround, NodeRunsByItsScriptsAndToolOfItsLockFile) {
  write("package.json", R"({"scripts": {"start": "x", "dev": "y"}})");
  EXPECT_THAT(only().command, ElementsAre("npm install", "npm run dev"));
  write("yarn.lock", "");
  EXPECT_THAT(only().command, ElementsAre("corepack enable", "yarn install", "yarn run dev"));
  write("package.json", R"({"main": "server.js"})");
  EXPECT_THAT(only().command, ElementsAre("corepack enable", "yarn install", "node server.js"));
  // A name that the shell or YAML would read as something else is not taken.
  for (const char* main : {"a b.js", "$(reboot).js", R"(a\"b.js)", "a\\nb: c", "--eval=1", "a#b.js", "a'.js"}) {
    write("package.json", std::string{R"({"main": ")"} + main + "\"}");
    EXPECT_EQ(only().command.back(), "node index.js") << main;
  }
  write("package.json", "broken");
  EXPECT_THAT(only().command, ElementsAre("corepack enable", "yarn install", "node index.js"));
}

TEST_F(LookAround, PythonRunsByItsFramework) {
  write("requirements.txt", "Flask==3\npsycopg2-binary\n");
  write("app.py", "");
  EXPECT_THAT(only().command,
              ElementsAre("pip install -r requirements.txt", "flask --app app run --debug --host 0.0.0.0"));
  EXPECT_THAT(only().ports, ElementsAre(5000));
  EXPECT_THAT(only().stores, ElementsAre(Store::postgres));
  write("manage.py", "");
  EXPECT_EQ(only().command.back(), "python manage.py runserver 0.0.0.0:8000");
}

TEST_F(LookAround, EachOtherKindIsKnown) {
  const std::vector<std::pair<std::string, Stack>> kinds{
      {"go.mod", Stack::go},       {"Cargo.toml", Stack::rust},
      {"pom.xml", Stack::maven},   {"build.gradle.kts", Stack::gradle},
      {"Gemfile", Stack::ruby},    {"composer.json", Stack::php},
      {"index.html", Stack::pages}};
  for (const auto& [name, stack] : kinds) {
    write(name, "x");
    EXPECT_EQ(only().stack, stack) << name;
    EXPECT_EQ(only().found_by, name);
    fs::remove(folder_ / name);
  }
}

TEST_F(LookAround, FoldersAreLookedIntoWhenTheirOwnIsNoProgram) {
  write("web/index.html", "");
  write("api/go.mod", "require github.com/redis/go-redis/v9 v9");
  write("docs/read.md", "");
  write("node_modules/package.json", "{}");
  write(".git/index.html", "");
  fs::create_directory_symlink("web", folder_ / "linked");
  const FolderFacts facts = look_around(folder_);
  ASSERT_EQ(facts.programs.size(), 2u);
  EXPECT_EQ(facts.programs[0].folder, "api");
  EXPECT_THAT(facts.programs[0].stores, ElementsAre(Store::redis));
  EXPECT_EQ(facts.programs[1].folder, "web");
  EXPECT_THROW(look_around(folder_ / "nowhere"), Error);
}

TEST_F(LookAround, FoldersThatAShortVolumeCannotNameAreLeftOut) {
  write("a:b/index.html", "");
  write("a\nb/index.html", "");
  EXPECT_THAT(look_around(folder_).programs, IsEmpty());
}

TEST(PackageJson, OtherShapesSayNothing) {
  for (const char* text : {"", "[]", "3", R"({"main": 1, "scripts": [], "dependencies": "x"})"}) {
    const PackageJson package = parse_package_json(text);
    EXPECT_EQ(package.main, "") << text;
    EXPECT_THAT(package.scripts, IsEmpty()) << text;
    EXPECT_THAT(package.dependencies, IsEmpty()) << text;
  }
}

class Draft : public LookAround {
 protected:
  // The project of the draft's text.
  Project loaded(const FolderFacts& facts) {
    const std::string text = draft_compose_file(facts);
    write("compose.yaml", text);
    SystemFiles files;
    LoadOptions options;
    options.project_directory = folder_;
    const LoadResult result = load_project(options, files, {});
    EXPECT_THAT(result.diagnostics, IsEmpty()) << text;
    EXPECT_TRUE(result.project) << text;
    return result.project.value_or(Project{});
  }
};

TEST_F(Draft, OfEveryKindAndStoreLoads) {
  FolderFacts facts{.name = "shop", .programs = {}};
  EXPECT_EQ(loaded(facts).services.at("web").image, "nginx:alpine");
  const std::set<Store> all{Store::postgres, Store::mysql, Store::mongo, Store::redis, Store::rabbitmq};
  for (int kind = 0; kind <= static_cast<int>(Stack::pages); ++kind) {
    facts.programs.push_back({.folder = "part " + std::to_string(kind),
                              .stack = static_cast<Stack>(kind),
                              .found_by = "Containerfile",
                              .command = {"first", "second --flag"},
                              .ports = {80, 3000},
                              .stores = all});
    const Project project = loaded(facts);
    EXPECT_EQ(project.services.size(), facts.programs.size() + all.size());
    EXPECT_EQ(project.name, "shop");
  }
  const Project project = loaded(facts);
  EXPECT_EQ(project.services.at("part-1").command, (Strings{"sh", "-c", "first && second --flag"}));
  EXPECT_EQ(project.services.at("part-1").depends_on.at("postgres").condition, DependencyCondition::healthy);
  std::set<std::string> published;
  for (const auto& [name, service] : project.services) {
    for (const auto& port : service.ports)
      EXPECT_TRUE(published.insert(port.published).second) << name << " " << port.published;
  }
}

TEST_F(Draft, NamesOfFoldersCannotBreakIt) {
  FolderFacts facts{.name = "shop", .programs = {}};
  const std::vector<std::string> folders{"postgres", "a b", "a-b", "-x", "\\\"$HOME #{é}", "'", "*"};
  for (const std::string& folder : folders) {
    facts.programs.push_back({.folder = folder,
                              .stack = Stack::pages,
                              .found_by = "index.html",
                              .command = {},
                              .ports = {80},
                              .stores = {Store::postgres}});
  }
  const std::vector<std::string> names = service_names(facts);
  EXPECT_THAT(std::vector<std::string>(names.begin(), names.begin() + 3),
              ElementsAre("postgres-app", "a-b", "a-b-app"));
  const Project project = loaded(facts);
  ASSERT_EQ(project.services.size(), folders.size() + 1);
  for (std::size_t i = 0; i < folders.size(); ++i)
    EXPECT_EQ(project.services.at(names[i]).volumes.at(0).source, (folder_ / folders[i]).string());
}

}  // namespace
}  // namespace stack::compose
