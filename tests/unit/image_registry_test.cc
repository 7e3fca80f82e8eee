// image: addresses, challenges, the settings file, and when to pull.
#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/error.h"
#include "engine/image/pull_policy.h"
#include "engine/image/registry/challenge.h"
#include "engine/image/registry/settings.h"
#include "engine/image/registry/url.h"

namespace stack::image {
namespace {

TEST(Url, IsTakenApartAndResolved) {
  const auto url = parse_url("https://us%40er:pa%3Ass@Registry.Example:5000/v2/?a=b#c");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "registry.example");
  EXPECT_EQ(url->port, 5000);
  EXPECT_EQ(url->target, "/v2/?a=b");
  EXPECT_EQ(url->user, "us@er");
  EXPECT_EQ(url->password, "pa:ss");
  EXPECT_EQ(url->text(), "https://registry.example:5000/v2/?a=b");
  EXPECT_EQ(parse_url("http://[::1]:80/x")->authority(), "[::1]");
  EXPECT_EQ(resolve_url(*url, "/other")->text(), "https://registry.example:5000/other");
  EXPECT_EQ(resolve_url(*url, "rest")->text(), "https://registry.example:5000/v2/rest");
  EXPECT_EQ(resolve_url(*url, "http://else/x")->text(), "http://else/x");
  EXPECT_EQ(resolve_url(*url, "?digest=sha256:0")->text(), "https://registry.example:5000/v2/?digest=sha256:0");
  for (const char* nowhere : {"", "file:///etc/passwd", "gopher://x", "javascript:x", "//"}) {
    EXPECT_FALSE(resolve_url(*url, nowhere)) << nowhere;
  }
  for (const char* bad :
       {"", "ftp://x/", "https://", "https://a b/", "https://a:0/", "https://a:99999/", "https://a/\r\nX: y", "x"}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
  EXPECT_TRUE(is_loopback_name("127.3.4.5") && is_loopback_name("::1") && is_loopback_name("localhost"));
  EXPECT_FALSE(is_loopback_name("128.0.0.1") || is_loopback_name("localhost.example"));
}

TEST(Challenge, HeadersAreTakenApart) {
  const auto found =
      parse_challenges(R"(Bearer realm="https://a/t",service="s",scope="repository:x:pull,push", Basic realm="q\"q")");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].scheme, "bearer");
  EXPECT_EQ(found[0].parameters.at("scope"), "repository:x:pull,push");
  EXPECT_EQ(found[1].scheme, "basic");
  EXPECT_EQ(found[1].parameters.at("realm"), "q\"q");
  EXPECT_TRUE(parse_challenges("").empty());
  EXPECT_TRUE(parse_challenges("Bearer realm=\"open")[0].parameters.empty());
}

TEST(Base64, GoesBothWays) {
  for (const char* text : {"", "a", "ab", "abc", "user:pass\xff"}) EXPECT_EQ(decode_base64(encode_base64(text)), text);
  EXPECT_EQ(encode_base64("user:pass"), "dXNlcjpwYXNz");
  EXPECT_EQ(decode_base64("_-8"), "\xff\xef");
  EXPECT_FALSE(decode_base64("a"));
  EXPECT_FALSE(decode_base64("a b="));
}

TEST(Settings, AreThoseOfTheFile) {
  const RegistrySettings settings = parse_registry_settings(R"({
    // Comments are allowed.
    "insecure-registries": ["plain.example:5000", "10.0.0.0/8"],
    "registry-mirrors": ["https://mirror.example"],
    "mirrors": {"registry.example": ["http://other.example"]},
    "proxies": {"http-proxy": "http://proxy:3128", "https-proxy": "proxy:3128", "no-proxy": "*.inside, 192.168.0.0/16,exact:5000"},
    "max-concurrent-downloads": 5, "retry-after": "2s", "max-layer-size": "1g"
  })");
  EXPECT_TRUE(settings.is_insecure("plain.example:5000"));
  EXPECT_TRUE(settings.is_insecure("10.20.30.40:5000"));
  EXPECT_TRUE(settings.is_insecure("localhost:5000"));
  EXPECT_FALSE(settings.is_insecure("plain.example"));
  EXPECT_FALSE(settings.is_insecure("11.0.0.1"));
  EXPECT_EQ(settings.mirrors.at("docker.io").front(), "https://mirror.example");
  EXPECT_EQ(settings.downloads, 5);
  EXPECT_EQ(settings.limits.bytes_max, std::uint64_t{1} << 30);
  const auto proxy = [&](const char* url) { return settings.proxy_for(*parse_url(url)).has_value(); };
  EXPECT_TRUE(proxy("https://registry.example/"));
  EXPECT_FALSE(proxy("https://a.inside/"));
  EXPECT_FALSE(proxy("https://192.168.3.4/"));
  EXPECT_FALSE(proxy("https://exact:5000/"));
  EXPECT_TRUE(proxy("https://exact/"));
  EXPECT_FALSE(proxy("http://127.0.0.1:5000/"));
  for (const char* bad :
       {"", "[]", R"({"unknown": 1})", R"({"mirrors": []})", R"({"registry-mirrors": ["x"]})",
        R"({"max-concurrent-downloads": 0})", R"({"retry-after": "2"})", R"({"proxies": {"ftp": "x"}})"}) {
    EXPECT_THROW(parse_registry_settings(bad), Error) << bad;
  }
}

TEST(Settings, ProxiesAreTheEnvironmentsWhereTheFileNamesNone) {
  const auto environment = [](const char* name) -> const char* {
    if (std::string_view{name} == "HTTPS_PROXY") return "http://upper:1";
    if (std::string_view{name} == "https_proxy") return "http://lower:1";
    if (std::string_view{name} == "http_proxy") return "plain:2";
    return std::string_view{name} == "no_proxy" ? "here.example,.there.example" : nullptr;
  };
  const std::string file = ::testing::TempDir() + "stack-settings-" + std::to_string(::getpid());
  RegistrySettings settings = load_registry_settings(file, environment);
  EXPECT_EQ(settings.proxy_for(*parse_url("https://x/"))->authority(), "upper:1");
  EXPECT_EQ(settings.proxy_for(*parse_url("http://x/"))->authority(), "plain:2");
  EXPECT_FALSE(settings.proxy_for(*parse_url("http://here.example/")));
  EXPECT_FALSE(settings.proxy_for(*parse_url("https://a.there.example/")));
  std::ofstream{file} << R"({"proxies": {"https-proxy": "file:3"}})";
  settings = load_registry_settings(file, environment);
  EXPECT_EQ(settings.proxy_for(*parse_url("https://x/"))->authority(), "file:3");
  EXPECT_EQ(settings.proxy_for(*parse_url("http://x/"))->authority(), "plain:2");
  std::ofstream{file} << "{";
  EXPECT_THROW(load_registry_settings(file, environment), Error);
  std::remove(file.c_str());
}

TEST(PullPolicy, SaysWhenToPull) {
  const Wall now{std::chrono::hours{1000}};
  model::Image image;
  image.os = "linux";
  image.architecture = "amd64";
  image.tagged = now - std::chrono::hours{30};
  const auto wants = [&](const char* policy, bool here = true, const char* platform = "") {
    return wants_pull(parse_pull_policy(policy), here ? std::optional{image} : std::nullopt, platform, now);
  };
  EXPECT_FALSE(wants(""));
  EXPECT_TRUE(wants("", false));
  EXPECT_TRUE(wants("always"));
  EXPECT_FALSE(wants("never", false));
  EXPECT_FALSE(wants("build", false));
  EXPECT_TRUE(wants("daily"));
  EXPECT_FALSE(wants("weekly"));
  EXPECT_TRUE(wants("every_12h"));
  EXPECT_FALSE(wants("every_2d"));
  EXPECT_TRUE(wants("missing", true, "linux/arm64"));
  EXPECT_FALSE(wants("if_not_present", true, "linux/amd64"));
  for (const char* bad : {"sometimes", "every_", "every_x", "every_0s"})
    EXPECT_THROW(parse_pull_policy(bad), Error) << bad;
}

}  // namespace
}  // namespace stack::image
