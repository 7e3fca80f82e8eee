// cli: the values of docker build's flags, and what --call shows of a Dockerfile.
#include <gtest/gtest.h>

#include "base/dockerfile/dockerfile.h"
#include "base/error.h"
#include "cli/commands/build_call.h"
#include "cli/commands/build_results.h"
#include "cli/commands/build_values.h"

namespace stack::cli {
namespace {

BuildSurroundings around() {
  return {.environment = [](const std::string& name) -> std::optional<std::string> {
            if (name == "TOKEN") return "from-env";
            if (name == "SSH_AUTH_SOCK") return "/run/agent";
            return std::nullopt;
          },
          .read = [](const std::string& path) -> std::string {
            if (path == "missing") throw Error(ErrorKind::not_found, "there is no file missing");
            return "content of " + path;
          },
          .is_socket = [](const std::string& path) { return path == "/run/agent"; }};
}

TEST(BuildValues, Arguments) {
  EXPECT_EQ(build_arguments({"A=1", "B=x=y", "TOKEN", "UNSET", "EMPTY="}, around()),
            (std::map<std::string, std::string>{{"A", "1"}, {"B", "x=y"}, {"TOKEN", "from-env"}, {"EMPTY", ""}}));
  EXPECT_THROW(build_arguments({"=1"}, around()), Error);
  EXPECT_EQ(build_labels({"a=b", "c"}), (std::map<std::string, std::string>{{"a", "b"}, {"c", ""}}));
}

TEST(BuildValues, Secrets) {
  EXPECT_EQ(build_secret("id=a,src=file", around()), (model::BuildSecret{"a", "content of file"}));
  EXPECT_EQ(build_secret("id=a,env=TOKEN", around()), (model::BuildSecret{"a", "from-env"}));
  EXPECT_EQ(build_secret("type=env,id=a,src=TOKEN", around()), (model::BuildSecret{"a", "from-env"}));
  EXPECT_EQ(build_secret("id=TOKEN", around()), (model::BuildSecret{"TOKEN", "from-env"}));
  EXPECT_EQ(build_secret("id=local", around()), (model::BuildSecret{"local", "content of local"}));
  EXPECT_EQ(build_secret("id=a,\"src=with,comma\"", around()), (model::BuildSecret{"a", "content of with,comma"}));
  for (const char* wrong :
       {"a", "src=x", "id=a,type=tea", "id=a,src=x,env=Y", "id=a,colour=red", "id=a,src=missing", "\"id=a"}) {
    EXPECT_THROW(build_secret(wrong, around()), Error) << wrong;
  }
}

TEST(BuildValues, Ssh) {
  EXPECT_EQ(build_ssh("default", around()), (model::BuildSsh{"default", "/run/agent"}));
  EXPECT_EQ(build_ssh("git=/run/agent", around()), (model::BuildSsh{"git", "/run/agent"}));
  EXPECT_THROW(build_ssh("git=/home/me/.ssh/id", around()), Error);
  EXPECT_THROW(build_ssh("=x", around()), Error);
}

TEST(BuildValues, HostsAndUlimits) {
  EXPECT_EQ(build_host("db:10.0.0.1"), "db=10.0.0.1");
  EXPECT_EQ(build_host("db=::1"), "db=::1");
  EXPECT_EQ(build_host("db:[::1]"), "db=::1");
  EXPECT_THROW(build_host("db"), Error);
  EXPECT_EQ(build_ulimit("nofile=10").second, (model::Ulimit{.soft = 10, .hard = 10}));
  EXPECT_EQ(build_ulimit("core=5:unlimited").second, (model::Ulimit{.soft = 5, .hard = -1}));
  for (const char* wrong : {"nofile", "nofile=", "nofile=x", "nofile=20:10", "nofile=-2"})
    EXPECT_THROW(build_ulimit(wrong), Error) << wrong;
}

TEST(BuildValues, Destinations) {
  using Kind = BuildDestination::Kind;
  EXPECT_EQ(build_destination("-"), (BuildDestination{.kind = Kind::tar, .path = "-"}));
  EXPECT_EQ(build_destination("out"), (BuildDestination{.kind = Kind::folder, .path = "out"}));
  EXPECT_EQ(build_destination("type=local,dest=out"), (BuildDestination{.kind = Kind::folder, .path = "out"}));
  EXPECT_EQ(build_destination("type=tar"), (BuildDestination{.kind = Kind::tar, .path = "-"}));
  EXPECT_EQ(build_destination("type=docker"), (BuildDestination{.kind = Kind::image}));
  EXPECT_EQ(build_destination("type=docker,dest=a.tar"), (BuildDestination{.kind = Kind::archive, .path = "a.tar"}));
  EXPECT_EQ(build_destination("type=image,\"name=a,b\",push=true"),
            (BuildDestination{.kind = Kind::registry, .names = {"a", "b"}}));
  for (const char* wrong : {"", "type=local", "type=tape", "type=image,dest=x", "type=image,compression=zstd"})
    EXPECT_THROW(build_destination(wrong), Error) << wrong;
}

TEST(BuildValues, WhatIsNotThereIsRefused) {
  EXPECT_EQ(build_cache_from("user/app:cache").reference, "user/app:cache");
  EXPECT_EQ(build_cache_from("type=registry,ref=user/app").reference, "user/app");
  EXPECT_EQ(build_cache_from("type=local,src=/a/../x"), (model::CachePlace{.folder = "/x"}));
  EXPECT_TRUE(build_cache_from("type=local,src=x").folder.ends_with("/x"));
  EXPECT_TRUE(build_cache_to("type=inline").in_image);
  const model::CacheExport all = build_cache_to("type=local,dest=/x,mode=max,ignore-error=true");
  EXPECT_EQ(all, (model::CacheExport{.place = {.folder = "/x"}, .all_steps = true, .may_fail = true}));
  EXPECT_EQ(model::cache_target_text(all), "type=local,dest=/x,mode=max,ignore-error=true");
  const model::CacheExport older = build_cache_to("type=registry,ref=a/b:c,oci-mediatypes=false");
  EXPECT_TRUE(older.as_index && older.docker_types);
  for (const char* from :
       {"src=x", "type=gha", "type=inline", "type=local", "type=registry,ref=a,x=y", "", "type=registry,ref=A"})
    EXPECT_THROW(build_cache_from(from), Error) << from;
  for (const char* to :
       {"type=s3,bucket=b", "type=azblob", "type=inline,mode=max", "type=local", "type=local,dest=x,mode=most",
        "type=registry,ref=a,compression=zstd", "type=registry,ref=a,oci-mediatypes=false,image-manifest=true"})
    EXPECT_THROW(build_cache_to(to), Error) << to;
  EXPECT_NO_THROW(refuse_attestation("--sbom", "false"));
  EXPECT_THROW(refuse_attestation("--sbom", "true"), Error);
  EXPECT_EQ(build_entitlements({"network.host,security.insecure"}).size(), 2U);
  EXPECT_THROW(build_entitlements({"device"}), Error);
}

constexpr const char* kDockerfile = R"(# VERSION which release
ARG VERSION=1
FROM scratch AS base
ARG UNUSED
# prod the one that runs
FROM base AS prod
ARG NAME=web
RUN --mount=type=secret,id=token,required=true --mount=type=ssh make
FROM scratch
)";

TEST(BuildCall, TargetsAndOutline) {
  const dockerfile::Dockerfile file = dockerfile::parse_dockerfile(kDockerfile).dockerfile;
  EXPECT_EQ(targets_text(file),
            "TARGET        DESCRIPTION\nbase          \nprod          the one that runs\n2 (default)   \n");
  EXPECT_EQ(outline_text(file, "prod", {{"NAME", "api"}}),
            "TARGET:      prod\nDESCRIPTION: the one that runs\n\n"
            "BUILD ARG   VALUE     DESCRIPTION\nUNUSED                \nNAME        api       \n\n"
            "SECRET    REQUIRED\ntoken     true\n\nSSH       REQUIRED\ndefault   \n");
  try {
    outline_text(file, "prdo", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("did you mean \"prod\""), std::string::npos) << error.message();
  }
}

TEST(BuildResults, MetadataAsBuildxWritesIt) {
  EXPECT_EQ(build_metadata_json({.image_id = "sha256:1", .tags = {"a:1", "b:2"}}),
            "{\n  \"containerimage.config.digest\": \"sha256:1\",\n  \"containerimage.digest\": \"sha256:1\",\n"
            "  \"image.name\": \"a:1,b:2\"\n}\n");
}

}  // namespace
}  // namespace stack::cli
