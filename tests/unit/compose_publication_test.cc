#include <map>

#include <gtest/gtest.h>

#include "compose/check/sensitive.h"
#include "compose/load/loader.h"
#include "compose/publish/publication.h"
#include "compose/source/yaml_reader.h"

namespace stack::compose {
namespace {

class Files final : public FileSource {
 public:
  explicit Files(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  FileText read(const std::string& path) override {
    const auto found = files_.find(path);
    if (found == files_.end()) return {};
    return {.status = FileStatus::ok, .text = found->second, .reason = {}};
  }
  FileStatus status(const std::string& path) override {
    return files_.contains(path) ? FileStatus::ok : FileStatus::missing;
  }
  std::string working_dir() override { return "/p"; }

 private:
  std::map<std::string, std::string> files_;
};

Publication publish(std::map<std::string, std::string> texts, const PublicationOptions& options = {}) {
  Files files{std::move(texts)};
  const LoadResult loaded = load_project({.profiles = {"*"}, .resolve_env = false}, files, {{"DIR", "sub"}});
  EXPECT_EQ(render(loaded.diagnostics), "");
  return publish_project(loaded.project.value(), loaded.variables, options, files);
}

// What a reader of the artifact makes of it.
std::map<std::string, std::string> folder(const Publication& publication) {
  EXPECT_EQ(render(publication.mistakes), "");
  return project_files(kProjectArtifact, publication.layers);
}

std::string refusal(const std::string& compose) {
  const Publication publication =
      publish({{"/p/compose.yaml", compose}, {"/p/a", ""}, {"/p/x.yaml", "services: {}\n"}});
  EXPECT_TRUE(publication.layers.empty());
  return render(publication.mistakes);
}

TEST(Publication, FilesGoAsTheyAreWritten) {
  const std::string text = "# why\nname: n\nservices:\n  web: &web\n    image: \"x:${TAG-1}\"\n  two:\n    <<: *web\n";
  const Publication publication =
      publish({{"/p/compose.yaml", text}, {"/p/compose.override.yaml", "services:\n  web: {user: a}\n"}});
  ASSERT_EQ(publication.layers.size(), 2u);
  EXPECT_EQ(publication.layers[0].content, text);
  EXPECT_EQ(publication.layers[0].annotations.at(kFileName), "compose.yaml");
  EXPECT_EQ(publication.layers[1].annotations.at(kFileName), "compose.override.yaml");
  EXPECT_EQ(folder(publication).at("compose.yaml"), text + "\n---\nservices:\n  web: {user: a}\n");
}

TEST(Publication, WhatIsNamedLiesBesideUnderANewName) {
  const auto files = folder(
      publish({{"/p/compose.yaml",
                "services:\n"
                "  a: {extends: {file: \"${DIR}/b.yaml\", service: b}, env_file: [one.env, {path: 'sub/two.env', "
                "required: false}]}\n"
                "  c:\n    image: i\n    env_file: ./one.env # first\n"
                "  d:\n    extends: {service: c}\n"},
               {"/p/one.env", "A=1\n"},
               {"/p/sub/b.yaml",
                "services:\n  b:\n    extends:\n      file: ../c.yaml\n      service: c\n    env_file: two.env\n"},
               {"/p/sub/two.env", "B=2\n"},
               {"/p/c.yaml", "services:\n  c: {image: i}\n"}}));
  EXPECT_EQ(files, (std::map<std::string, std::string>{
                       {"compose.yaml",
                        "services:\n"
                        "  a: {extends: {file: extends-1.yaml, service: b}, env_file: [env-1.env, {path: env-2.env, "
                        "required: false}]}\n"
                        "  c:\n    image: i\n    env_file: env-1.env # first\n"
                        "  d:\n    extends: {service: c}\n"},
                       {"extends-1.yaml",
                        "services:\n  b:\n    extends:\n      file: extends-2.yaml\n      service: c\n    env_file: "
                        "env-2.env\n"},
                       {"extends-2.yaml", "services:\n  c: {image: i}\n"},
                       {"env-1.env", "A=1\n"},
                       {"env-2.env", "B=2\n"}}));
}

TEST(Publication, OnePlaceThatAliasesLeadToIsChangedOnce) {
  const auto files = folder(publish({{"/p/compose.yaml",
                                      "x-env: &env\n  - &name a\nservices:\n  one: {image: i, env_file: *env}\n"
                                      "  two: {image: i, env_file: *env}\n"},
                                     {"/p/a", "A=1\n"}}));
  EXPECT_EQ(files.at("compose.yaml"),
            "x-env: &env\n  - &name env-1.env\nservices:\n  one: {image: i, env_file: *env}\n"
            "  two: {image: i, env_file: *env}\n");
}

TEST(Publication, TheOverrideComesLast) {
  const auto files = folder(publish({{"/p/compose.yaml", "services:\n  a: {image: i}\n"}},
                                    {.override_file = "services:\n  a: {image: i@sha256:1}\n", .version = "1"}));
  EXPECT_EQ(files.at("compose.yaml"), "services:\n  a: {image: i}\n\n---\nservices:\n  a: {image: i@sha256:1}\n");
}

TEST(Publication, WhatTheArtifactCannotHoldIsRefusedWithItsPlace) {
  EXPECT_EQ(
      refusal("include: [x.yaml]\nservices:\n  a: {image: i}\n"),
      "compose.yaml:1:11: error: a project that includes local files cannot be published; publish what is included by "
      "itself and include it as oci://..., or use extends\n");
  EXPECT_EQ(refusal("services:\n  a:\n    image: i\n    env_file: >-\n      a\n"),
            "compose.yaml:4:15: error: the name of this file cannot be changed for publishing; write it on one line, "
            "in block "
            "style\n");
}

std::string kind(std::string_view name, std::string_view value) { return sensitive_kind(name, value).value_or(""); }

TEST(Sensitive, TokensAreKnownByTheirForm) {
  EXPECT_EQ(kind("X", "AKIAIOSFODNN7EXAMPLE"), "AWS access key");
  EXPECT_EQ(kind("X", "run --with ghp_0123456789abcdefghijABCDEFGHIJ012345 it"), "GitHub token");
  EXPECT_EQ(kind("X", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1"), "JSON Web Token");
  EXPECT_EQ(kind("X", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"), "private key");
  EXPECT_EQ(kind("X", "postgres://me:hunter2@db/x"), "password in an address");
  EXPECT_EQ(kind("DB_PASSWORD", "8f3kd92kd0"), "password or key");
}

TEST(Sensitive, WhatIsNoSecretIsLeftAlone) {
  EXPECT_EQ(kind("DB_PASSWORD", "example"), "");
  EXPECT_EQ(kind("DB_PASSWORD", "${DB_PASSWORD:-secret01}"), "");
  EXPECT_EQ(kind("DB_PASSWORD_FILE", "/run/secrets/db1"), "");
  EXPECT_EQ(kind("X", "postgres://me:${PASSWORD}@db/x"), "");
  EXPECT_EQ(kind("X", "http://me@db:80/x"), "");
  EXPECT_EQ(kind("X", "8f3kd92kd0"), "");
  EXPECT_EQ(kind("X", "xAKIAIOSFODNN7EXAMPLE"), "");
  EXPECT_EQ(kind("X", "eyJhbGciOiJIUzI1NiJ9"), "");
  EXPECT_EQ(kind("X", "-----BEGIN CERTIFICATE-----"), "");
}

TEST(Sensitive, PlacesAndHintsAreTold) {
  const auto parsed =
      read_yaml("services:\n  a:\n    environment:\n      - API_TOKEN=abcdef012345\n      - B=1\n", "f");
  const auto found = find_sensitive(parsed.documents.at(0));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "services.a.environment[0]");
  EXPECT_EQ(found[0].hint, "abcd...");
  EXPECT_EQ(to_text(found[0].place), "f:4:9");
  const auto lines = find_sensitive("# x\nexport DB_PASSWORD='8f3kd92kd0'\r\nA=1\n", "e");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].path, "DB_PASSWORD");
  EXPECT_EQ(to_text(lines[0].place), "e:2:1");
}

}  // namespace
}  // namespace stack::compose
