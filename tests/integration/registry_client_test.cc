// The registry client against a server that breaks the rules: what passes is tried again and goes on where it broke, what does not
// is refused, and secrets go nowhere else.
#include <algorithm>
#include <array>
#include <optional>
#include <thread>

#include "tests/integration/registry_fixture.h"

namespace stack::image {
namespace {

TEST_F(Registry, WhatMayPassIsTriedAgain) {
  int count = 0;
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    if (request.target == "/v2/") return answer(200, "{}");
    ++count;
    if (count == 1) return answer(503, "");
    if (count == 2) return answer(429, "", "Retry-After: 0\r\n");
    if (count == 3) return std::string{};
    return answer(200, "{}", "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n");
  }};
  EXPECT_EQ(manifest(server).text, "{}");
  EXPECT_EQ(count, 4);
}

TEST_F(Registry, WhatDoesNotPassIsNot) {
  int count = 0;
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    if (request.target == "/v2/") return answer(200, "{}");
    ++count;
    return answer(404, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})");
  }};
  EXPECT_EQ(kind_of([&] { manifest(server); }), ErrorKind::not_found);
  EXPECT_NE(said_.find(":1 not found: manifest unknown"), std::string::npos) << said_;
  EXPECT_EQ(count, 1);
}

TEST_F(Registry, AttemptsEnd) {
  int count = 0;
  settings_.attempts = 3;
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    if (request.target == "/v2/") return answer(200, "{}");
    ++count;
    return answer(500, "");
  }};
  EXPECT_EQ(kind_of([&] { manifest(server); }), ErrorKind::unavailable);
  EXPECT_EQ(count, 3);
}

TEST_F(Registry, ABrokenTransferGoesOnWhereItBroke) {
  std::string content;
  for (int i = 0; i < 3000; ++i) content += std::to_string(i) + ",";
  const bool ranges[] = {true, false};
  for (const bool knows_ranges : ranges) {
    const ScriptedServer server{[&](const ScriptedRequest& request) {
      if (request.target == "/v2/") return answer(200, "{}");
      std::size_t from = 0;
      const auto range = request.headers.find("range");
      if (knows_ranges && range != request.headers.end()) from = std::stoul(range->second.substr(6));
      // Each time a little more, or, without ranges, everything at the third attempt.
      const std::string rest = content.substr(from);
      const std::string head = from == 0 ? "HTTP/1.1 200 OK\r\n"
                                         : "HTTP/1.1 206 X\r\nContent-Range: bytes " + std::to_string(from) + "-" +
                                               std::to_string(content.size() - 1) + "/*\r\n";
      static int attempts = 0;
      const std::size_t most = knows_ranges ? 4000 : (++attempts % 3 == 0 ? content.size() : 4000);
      return head + "Content-Length: " + std::to_string(rest.size()) + "\r\n\r\n" + rest.substr(0, most);
    }};
    EXPECT_EQ(blob(server, descriptor_of(content)), content);
  }
}

TEST_F(Registry, TagsComeInPages) {
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    if (request.target == "/v2/") return answer(200, "{}");
    if (request.target.ends_with("&last=1.1")) return answer(200, R"({"name":"a/b","tags":["2","latest"]})");
    return answer(200, R"({"name":"a/b","tags":["1.0","1.1"]})",
                  "Link: </v2/a/b/tags/list?last=1.1>; rel=\"next\"\r\n");
  }};
  std::vector<std::string> tags;
  play(server.authority(),
       [&](RegistryClient& client) -> asio::awaitable<void> { tags = co_await client.tags("a/b"); });
  EXPECT_EQ(tags, (std::vector<std::string>{"1.0", "1.1", "2", "latest"}));
  for (const char* rubbish : {"", "[]", "{}", R"({"tags":5})", R"({"tags":["../x"]})", R"({"tags":[5]})"}) {
    const ScriptedServer bad{[&](const ScriptedRequest& request) {
      return request.target == "/v2/" ? answer(200, "{}") : answer(200, rubbish);
    }};
    EXPECT_EQ(kind_of([&] {
                play(bad.authority(),
                     [&](RegistryClient& client) -> asio::awaitable<void> { co_await client.tags("a/b"); });
              }),
              ErrorKind::invalid)
        << rubbish;
  }
}

TEST_F(Registry, MoreThanWasPromisedIsRefused) {
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    return request.target == "/v2/" ? answer(200, "{}") : answer(200, std::string(5000, 'x'));
  }};
  Descriptor wanted = descriptor_of("short");
  EXPECT_EQ(kind_of([&] { blob(server, wanted); }), ErrorKind::invalid);
  EXPECT_NE(said_.find("longer than its manifest says"), std::string::npos) << said_;
}

TEST_F(Registry, AnotherDigestIsRefused) {
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    return request.target == "/v2/" ? answer(200, "{}") : answer(200, "{\"other\":1}");
  }};
  EXPECT_EQ(kind_of([&] { manifest(server, sha256_digest("{}")); }), ErrorKind::invalid);
  const Descriptor wanted{.digest = sha256_digest("0123456789a"), .size = 11};
  EXPECT_EQ(kind_of([&] {
              play(server.authority(),
                   [&](RegistryClient& client) -> asio::awaitable<void> { co_await client.blob("a/b", wanted, 100); });
            }),
            ErrorKind::invalid);
}

TEST_F(Registry, AManifestWithoutEndIsRefused) {
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    return request.target == "/v2/" ? answer(200, "{}") : answer(200, std::string(kManifestBytesMax + 1, ' '));
  }};
  EXPECT_EQ(kind_of([&] { manifest(server); }), ErrorKind::invalid);
}

TEST_F(Registry, TokensAreAskedForOnceAndSecretsGoNowhereElse) {
  std::string other_saw = "nothing";
  const ScriptedServer other{[&](const ScriptedRequest& request) {
    other_saw = request.headers.contains("authorization") ? request.headers.at("authorization") : "";
    return answer(200, "content");
  }};
  std::string here;
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    if (request.target.starts_with("/token")) {
      EXPECT_NE(request.target.find("scope=repository%3Aa%2Fb%3Apull"), std::string::npos) << request.target;
      EXPECT_EQ(request.headers.at("authorization"), "Basic dXNlcjpwYXNz");
      return answer(200, R"({"token":"abc"})");
    }
    const auto shown = request.headers.find("authorization");
    if (shown == request.headers.end() || shown->second != "Bearer abc") {
      return answer(401, "", "WWW-Authenticate: Bearer realm=\"http://" + here + "/token\",service=\"x\"\r\n");
    }
    if (request.target.find("/blobs/") == std::string::npos) return answer(200, "{}");
    return answer(307, "", "Location: http://" + other.authority() + "/elsewhere\r\n");
  }};
  here = server.authority();
  std::string got;
  play(server.authority(),
       [&](RegistryClient& client) -> asio::awaitable<void> {
         co_await client.manifest("a/b", "1");
         got = co_await client.blob("a/b", descriptor_of("content"), 100);
       },
       {.user = "user", .password = "pass", .identity_token = {}, .registry_token = {}});
  EXPECT_EQ(got, "content");
  EXPECT_EQ(other_saw, "");
  const auto asked = server.requests();
  EXPECT_EQ(std::count_if(asked.begin(), asked.end(), [](const auto& r) { return r.target.starts_with("/token"); }), 1);
}

TEST_F(Registry, AProxyIsAskedInThePlaceOfTheRegistry) {
  std::string shown;
  const ScriptedServer proxy{[&](const ScriptedRequest& request) {
    if (request.method == "CONNECT") return answer(502, "");
    shown = request.headers.contains("proxy-authorization") ? request.headers.at("proxy-authorization") : "";
    if (request.target == "http://registry.example/v2/") return answer(200, "{}");
    return request.target == "http://registry.example/v2/a/b/manifests/1" ? answer(200, "{}") : answer(400, "");
  }};
  settings_.insecure = {"registry.example"};
  settings_.http_proxy = settings_.https_proxy = "http://user:pass@" + proxy.authority();
  asio::io_context loop;
  HttpClient http{loop, settings_};
  RegistryClient client{http, settings_, "registry.example", std::nullopt, {}};
  std::string got;
  std::exception_ptr failed;
  const auto ask = [&]() -> asio::awaitable<void> { got = (co_await client.manifest("a/b", "1")).text; };
  asio::co_spawn(loop, ask(), [&](const std::exception_ptr& thrown) { failed = thrown; });
  loop.run();
  EXPECT_FALSE(failed);
  EXPECT_EQ(got, "{}");
  EXPECT_EQ(shown, "Basic dXNlcjpwYXNz");
}

TEST_F(Registry, UploadsGoOnWhereTheyBroke) {
  // Larger than a piece: three of them, of which the second fails once.
  const std::string content(80 << 20, 'u');
  std::string arrived;
  int patches = 0, begun = 0;
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    if (request.target == "/v2/") return answer(200, "{}");
    const std::string range = "Range: 0-" + std::to_string(arrived.empty() ? 0 : arrived.size() - 1) + "\r\n";
    if (request.method == "POST") {
      ++begun;
      return answer(202, "", "Location: /upload/1?state=x\r\n");
    }
    if (request.method == "PATCH") {
      if (++patches == 2) return answer(503, "");
      EXPECT_EQ(request.headers.at("content-range").substr(0, request.headers.at("content-range").find('-')),
                std::to_string(arrived.size()));
      arrived += request.body;
      return answer(202, "", "Location: /upload/1?state=y\r\n");
    }
    if (request.method == "GET") return answer(204, "", range);
    EXPECT_EQ(request.method, "PUT");
    EXPECT_NE(request.target.find("&digest=sha256%3A"), std::string::npos) << request.target;
    return answer(201, "");
  }};
  std::vector<std::thread> feeders;
  RegistryClient::Upload upload{
      .digest = "sha256:" + std::string(64, 'a'), .size = content.size(), .open = {}, .on_bytes = {}};
  upload.open = [&](std::uint64_t offset, std::uint64_t bytes) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    feeders.emplace_back([&content, offset, bytes, end = ends[1]] {
      for (std::uint64_t done = 0; done < bytes;) {
        const ssize_t put = ::write(end, content.data() + offset + done, bytes - done);
        if (put <= 0) break;
        done += static_cast<std::uint64_t>(put);
      }
      ::close(end);
    });
    return UniqueFd{ends[0]};
  };
  play(server.authority(),
       [&](RegistryClient& client) -> asio::awaitable<void> { co_await client.upload("a/b", upload); });
  for (std::thread& feeder : feeders) feeder.join();
  EXPECT_EQ(begun, 1);
  EXPECT_TRUE(arrived == content) << arrived.size();
}

TEST_F(Registry, RedirectsEnd) {
  std::string here;
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    if (request.target == "/v2/") return answer(200, "{}");
    return answer(302, "", "Location: http://" + here + "/again\r\n");
  }};
  here = server.authority();
  EXPECT_EQ(kind_of([&] { manifest(server); }), ErrorKind::invalid);
  EXPECT_LT(server.requests().size(), 20u);
}

TEST_F(Registry, AnswersThatAreNoneAreRefused) {
  for (const std::string& nonsense :
       {std::string{"SSH-2.0-OpenSSH\r\n\r\n"}, std::string{"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"},
        "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n"}) {
    settings_.attempts = 2;
    const ScriptedServer server{[&](const ScriptedRequest&) { return nonsense; }};
    EXPECT_EQ(kind_of([&] { manifest(server); }), ErrorKind::unavailable);
  }
}

}  // namespace
}  // namespace stack::image
