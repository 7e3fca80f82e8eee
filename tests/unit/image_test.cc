// image: references as Docker reads them, import changes, chain ids.
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/model/reference.h"
#include "engine/image/change.h"
#include "engine/image/image_config_json.h"
#include "engine/image/image_store.h"

namespace stack::image {
namespace {

TEST(Reference, IsReadAsDockerReadsIt) {
  const auto canonical = [](const char* text) { return model::parse_reference(text).canonical(); };
  EXPECT_EQ(canonical("busybox"), "docker.io/library/busybox:latest");
  EXPECT_EQ(canonical("a/b:1"), "docker.io/a/b:1");
  EXPECT_EQ(canonical("localhost/x"), "localhost/x:latest");
  EXPECT_EQ(canonical("localhost:5000/x:2"), "localhost:5000/x:2");
  EXPECT_EQ(canonical("registry.example/a/b_c"), "registry.example/a/b_c:latest");
  EXPECT_EQ(canonical("index.docker.io/nginx"), "docker.io/library/nginx:latest");
  EXPECT_EQ(canonical("x:5000"), "docker.io/library/x:5000");
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(canonical(("x@" + digest).c_str()), "docker.io/library/x@" + digest);
  EXPECT_EQ(model::parse_reference("docker.io/library/nginx:1").familiar(), "nginx:1");
  EXPECT_EQ(model::parse_reference("registry.example/a/b:1").familiar(), "registry.example/a/b:1");
}

TEST(Reference, RefusesWhatDockerRefuses) {
  for (const char* bad :
       {"", "Upper", "a//b", "/a", "a/", "a:", "a:-x", "a b", "a@sha256:12", "-a", "a..b", "a___b", "a:b:c"}) {
    EXPECT_THROW(model::parse_reference(bad), Error) << bad;
  }
  EXPECT_THROW(model::parse_reference(std::string(300, 'a')), Error);
}

TEST(Reference, SaysWhatDockerSays) {
  const auto said = [](const std::string& text) {
    try {
      model::parse_reference(text);
      return std::string{};
    } catch (const Error& error) {
      return error.message();
    }
  };
  EXPECT_NE(said("Foo").find("invalid reference format: repository name (library/Foo) must be lowercase"),
            std::string::npos);
  EXPECT_NE(said("a/B:x").find("repository name (a/B) must be lowercase"), std::string::npos);
  EXPECT_NE(said("a:").find("invalid reference format"), std::string::npos);
  EXPECT_NE(said("https://x/y").find("invalid reference format"), std::string::npos);
  EXPECT_NE(said(std::string(64, 'a')).find("cannot specify 64-byte hexadecimal strings"), std::string::npos);
  EXPECT_NE(said("a@md5:" + std::string(32, '0')).find("unsupported digest algorithm"), std::string::npos);
  EXPECT_EQ(said("[::1]:5000/x"), "");
  EXPECT_EQ(said("UPPER/x"), "");
  EXPECT_NE(said("a.-b/x"), "");
  EXPECT_NE(said("host:port/x"), "");
}

TEST(Change, InstructionsSetTheConfiguration) {
  model::ImageConfig config;
  ConfigChanges changes{config};
  for (const char* line : {"CMD [\"sh\", \"-c\"]", "env A=1 B=\"x y\"", "ENV A 2", "EXPOSE 80 53/udp", "LABEL a.b=c",
                           "USER app", "WORKDIR /srv", "WORKDIR sub", "STOPSIGNAL SIGQUIT", "VOLUME /data",
                           "VOLUME [\"/a b\"]", "HEALTHCHECK --interval=5s --retries=2 CMD wget x"}) {
    changes.apply(std::string_view{line});
  }
  EXPECT_EQ(config.command, (std::vector<std::string>{"sh", "-c"}));
  EXPECT_EQ(config.env, (std::vector<std::string>{"A=2", "B=x y"}));
  EXPECT_EQ(config.exposed_ports, (std::vector<std::string>{"80/tcp", "53/udp"}));
  EXPECT_EQ(config.working_dir, "/srv/sub");
  EXPECT_EQ(config.volumes, (std::vector<std::string>{"/data", "/a b"}));
  ASSERT_TRUE(config.healthcheck);
  EXPECT_EQ(config.healthcheck->test, (std::vector<std::string>{"CMD-SHELL", "wget x"}));
  EXPECT_EQ(config.healthcheck->retries, 2);
  changes.apply(std::string_view{"ENTRYPOINT /run me"});
  EXPECT_EQ(config.entrypoint, (std::vector<std::string>{"/bin/sh", "-c", "/run me"}));
  EXPECT_EQ(config.command, (std::vector<std::string>{"sh", "-c"})) << "the command of the same changes stays";
  ConfigChanges{config}.apply(std::string_view{"ENTRYPOINT [\"/run\"]"});
  EXPECT_TRUE(config.command.empty()) << "an entrypoint resets the command that was there before";
}

TEST(Change, SeveralStandOnLinesOfTheirOwn) {
  model::ImageConfig config;
  ConfigChanges{config}.apply(std::string_view{"CMD [\"a\"]\n\nENV F=2 \\\n  G=3\nUSER app\n"});
  EXPECT_EQ(config.command, std::vector<std::string>{"a"});
  EXPECT_EQ(config.env, (std::vector<std::string>{"F=2", "G=3"}));
  EXPECT_EQ(config.user, "app");
  EXPECT_THROW(ConfigChanges{config}.apply(std::string_view{"USER a\nRUN x"}), Error);
}

TEST(Change, MistakesAreQuoted) {
  model::ImageConfig config;
  for (const char* bad :
       {"", "CMD", "RUN x", "ENV =1", "ENV A", "EXPOSE 0", "EXPOSE 70000", "EXPOSE 1/x", "STOPSIGNAL FOO",
        "HEALTHCHECK wget", "HEALTHCHECK --interval=5 CMD x", "LABEL \"a", "HEALTHCHECK --foo=1s CMD x"}) {
    try {
      ConfigChanges{config}.apply(std::string_view{bad});
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(bad), std::string::npos) << error.message();
    }
  }
}

TEST(ConfigBlob, SurvivesTheRoundTrip) {
  model::Image image;
  image.architecture = "amd64";
  image.os = "linux";
  image.created = Wall{std::chrono::seconds{1'700'000'000} + Nanos{123'456'789}};
  image.layers = {"sha256:aa"};
  image.config.env = {"A=1"};
  image.config.args_escaped = true;
  image.config.exposed_ports = {"80/tcp"};
  image.config.healthcheck.emplace().interval = std::chrono::seconds{3};
  EXPECT_EQ(read_config_blob(write_config_blob(image)), image);
  for (const char* bad : {"", "[", "3", "{\"config\":{\"Env\":3}}"}) EXPECT_THROW(read_config_blob(bad), Error) << bad;
}

TEST(ChainIds, StackDigests) {
  const auto ids = chain_ids({"sha256:a", "sha256:b"});
  EXPECT_EQ(ids[0], "sha256:a");
  EXPECT_EQ(ids[1].size(), 71u);
  EXPECT_NE(ids[1], chain_ids({"sha256:b", "sha256:a"})[1]);
}

}  // namespace
}  // namespace stack::image
