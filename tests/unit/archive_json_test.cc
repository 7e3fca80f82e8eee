#include "engine/api/archive_json.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/base64.h"
#include "base/error.h"

namespace stack::api {
namespace {

// As dockerd 28.5 gave them for the same files.
TEST(ArchiveJson, ModesAreThoseOfGo) {
  EXPECT_EQ(go_mode(S_IFREG | 0644), 420U);
  EXPECT_EQ(go_mode(S_IFDIR | 0755), 2147484141U);
  EXPECT_EQ(go_mode(S_IFDIR | 01777), 2148532735U);
  EXPECT_EQ(go_mode(S_IFLNK | 0777), 134218239U);
  EXPECT_EQ(go_mode(S_IFREG | 04755), 8389101U);
  EXPECT_EQ(go_mode(S_IFIFO | 0644), 33554852U);
  EXPECT_EQ(go_mode(S_IFCHR | 0666), 69206454U);
  for (const std::uint32_t kind : {S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO, S_IFCHR, S_IFBLK, S_IFSOCK})
    EXPECT_EQ(mode_of_go(go_mode(kind | 07654)), kind | 07654);
}

TEST(ArchiveJson, AStatIsBase64) {
  const PathStat stat{.name = "abs",
                      .size = 4,
                      .mode = S_IFLNK | 0777,
                      .modified = Wall{Nanos{1'700'000'000'123'456'789}},
                      .link_target = "/d/e"};
  const std::string text = path_stat_text(stat);
  EXPECT_EQ(*decode_base64(text),
            R"({"linkTarget":"/d/e","mode":134218239,"mtime":"2023-11-14T22:13:20.123456789Z","name":"abs","size":4})");
  const PathStat back = parse_path_stat(text);
  EXPECT_EQ(back.name, stat.name);
  EXPECT_EQ(back.mode, stat.mode);
  EXPECT_EQ(back.modified, stat.modified);
  EXPECT_EQ(back.link_target, stat.link_target);
  EXPECT_THROW(parse_path_stat("%"), Error);
  EXPECT_THROW(parse_path_stat(encode_base64("[]")), Error);
}

TEST(ArchiveJson, NoChangesAreNull) {
  EXPECT_EQ(changes_json({}), "null");
  EXPECT_TRUE(parse_changes("null").empty());
  const auto back = parse_changes(changes_json({{.path = "/a", .kind = 2}}));
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].path, "/a");
  EXPECT_EQ(back[0].kind, 2);
}

TEST(ArchiveJson, AConfigurationMayBeMissing) {
  EXPECT_FALSE(parse_commit_config(""));
  EXPECT_FALSE(parse_commit_config("null\n"));
  EXPECT_THROW(parse_commit_config("{bad"), Error);
  EXPECT_THROW(parse_commit_config("[]"), Error);
  EXPECT_THROW(parse_commit_config(R"({"Env": 1})"), Error);
  const auto config = parse_commit_config(
      R"({"User":"u","Env":["A=b"],"Cmd":null,"Entrypoint":["e"],"ExposedPorts":{"80/tcp":{},"81/tcp":{}},"Volumes":null,
          "Labels":{"x":"y"},"Healthcheck":{"Test":["CMD","t"],"Interval":1000000000,"Retries":2}})");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->user, "u");
  EXPECT_EQ(config->env, std::vector<std::string>{"A=b"});
  EXPECT_TRUE(config->command.empty());
  EXPECT_EQ(config->exposed_ports, (std::vector<std::string>{"80/tcp", "81/tcp"}));
  EXPECT_EQ(config->labels.at("x"), "y");
  EXPECT_EQ(config->healthcheck->interval, std::chrono::seconds{1});
  EXPECT_EQ(config->healthcheck->retries, 2);
}

}  // namespace
}  // namespace stack::api
