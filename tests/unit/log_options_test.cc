// Options of logging: what they ask for, and the attributes that they give to lines. The expectations were read off
// `docker logs --details`.
#include "base/model/log_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/model/log_attributes.h"
#include "base/model/name_pattern.h"

namespace stack::model {
namespace {

using Texts = std::map<std::string, std::string>;

Container container_with(const Texts& options) {
  Container container;
  container.id = "fbe04f8e13b5697ee16f528a4f9859ecc6eceba040108c721469b66abaad29cb";
  container.command = {"sh", "-c", "echo hi"};
  container.spec.name = "shop-web-1";
  container.spec.image = "web:2";
  container.spec.image_id = "sha256:8124aab0d1393ddc624491300ce40343c3a156908888c847cc54fc7f53f5570e";
  container.spec.environment = {{"A", "1 a,b=c"}, {"B", ""}, {"CC", "3"}, {"GONE", std::nullopt}};
  container.spec.labels = {{"x", "lab el"}, {"yy", "3"}, {"z", "4"}};
  container.spec.log.options = options;
  return container;
}

ImageConfig image() {
  ImageConfig config;
  config.env = {"PATH=/bin", "A=of the image", "GONE=1"};
  config.labels = {{"z", "of the image"}, {"vendor", "me"}};
  return config;
}

std::string details(const Texts& options) {
  return encode_log_attributes(log_attributes(container_with(options), image()));
}

TEST(LogAttributes, AreThoseThatOptionsChoose) {
  EXPECT_EQ(details({}), "");
  EXPECT_EQ(details({{"env", "A,B,NO"}, {"labels", "x,none"}, {"env-regex", "^C"}, {"labels-regex", "y.*"}}),
            "A=1+a%2Cb%3Dc,B=,CC=3,x=lab+el,yy=3");
  EXPECT_EQ(details({{"env", "PATH, GONE"}, {"labels", "vendor , z"}}), "PATH=%2Fbin,vendor=me,z=4");
  EXPECT_EQ(details({{"env-regex", "(?i)^cc$"}}), "CC=3");
  EXPECT_EQ(details({{"tag", ""}, {"env-regex", ""}, {"labels", ""}}), "");
}

TEST(LogAttributes, HoldTheTag) {
  EXPECT_EQ(details({{"tag", "{{.ID}}|{{.Name}}|{{.ImageName}}|{{.ImageID}}"}}),
            "tag=fbe04f8e13b5%7Cshop-web-1%7Cweb%3A2%7Csha256%3A8124a");
  EXPECT_EQ(details({{"tag", "{{.Command}} {{.DaemonName}} {{.ContainerName}}"}}),
            "tag=sh+-c+echo+hi+stack+%2Fshop-web-1");
  EXPECT_EQ(details({{"tag", "{{upper .Name}} {{index .ContainerLabels \"x\"}} {{truncate .FullID 4}}"}}),
            "tag=SHOP-WEB-1+lab+el+fbe0");
  EXPECT_EQ(details({{"tag", "{{.ContainerArgs}}"}}), "tag=%5B-c+echo+hi%5D");
}

TEST(NamePatterns, AreBounded) {
  EXPECT_TRUE(NamePattern{"^com\\.(a|b)"}.matches("com.b.c"));
  EXPECT_FALSE(NamePattern{"^com\\.(a|b)$"}.matches("com.b.c"));
  EXPECT_TRUE(NamePattern{"a\\d{2}\\z"}.matches("xa42"));
  EXPECT_THROW(NamePattern{"(a"}, Error);
  EXPECT_THROW((void)NamePattern{"^(a+)+(b+)+c$"}.matches(std::string(5000, 'a') + std::string(5000, 'b')), Error);
  EXPECT_TRUE(NamePattern{".*x"}.matches(std::string(1 << 20, 'a') + "x"));
}

TEST(LogSettingsOf, AreDockersAndBounded) {
  EXPECT_EQ(log_settings({}), LogSettings{});
  EXPECT_TRUE(log_settings({.driver = "local", .options = {}}).compress);
  EXPECT_FALSE(log_settings({.driver = "local", .options = {{"max-file", "1"}}}).compress);
  EXPECT_FALSE(log_settings({.driver = "local", .options = {{"compress", "false"}}}).compress);
  const LogSettings asked = log_settings({.options = {{"max-size", "1m"}, {"max-file", "9"}, {"compress", "true"}}});
  EXPECT_EQ(asked, (LogSettings{.max_bytes = 1 << 20, .max_files = 9, .compress = true}));
  EXPECT_EQ(log_settings({.options = {{"mode", "non-blocking"}}}).buffer_bytes, 1U << 20);
  EXPECT_EQ(log_settings({.options = {{"mode", "non-blocking"}, {"max-buffer-size", "4m"}}}).buffer_bytes, 4U << 20);
  EXPECT_EQ(log_settings({.options = {{"mode", "blocking"}}}).buffer_bytes, 0U);
}

}  // namespace
}  // namespace stack::model
