// The registry client against one that lies, rambles or talks nonsense: each time an end, with a message that is fit to be read.
#include <array>
#include <chrono>
#include <thread>

#include "tests/integration/registry_fixture.h"

namespace stack::image {
namespace {

class HostileRegistry : public Registry {
 protected:
  HostileRegistry() { settings_.attempts = 3; }
  // A server that answers the first question as it should be and all others like this.
  ScriptedServer always(const std::string& bytes) {
    return ScriptedServer{
        [bytes](const ScriptedRequest& request) { return request.target == "/v2/" ? answer(200, "{}") : bytes; }};
  }
  ErrorKind kind_of_manifest(const std::string& bytes) {
    const ScriptedServer server = always(bytes);
    return kind_of([&] { manifest(server); });
  }
  ErrorKind kind_of_blob(const std::string& bytes, const Descriptor& wanted) {
    const ScriptedServer server = always(bytes);
    return kind_of([&] { blob(server, wanted); });
  }
};

TEST_F(HostileRegistry, LengthsThatAreWrong) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: ";
  EXPECT_EQ(kind_of_manifest(head + "100\r\n\r\n{}"), ErrorKind::unavailable);
  EXPECT_EQ(kind_of_manifest(head + "99999999999999999999\r\n\r\n{}"), ErrorKind::unavailable);
  EXPECT_EQ(kind_of_manifest(head + "18446744073709551615\r\n\r\n{}"), ErrorKind::unavailable);
  EXPECT_EQ(kind_of_manifest(head + "2\r\nContent-Length: 3\r\n\r\n{}x"), ErrorKind::unavailable);
  EXPECT_EQ(kind_of_manifest("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"), ErrorKind::unavailable);
  EXPECT_EQ(kind_of_manifest("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}"),
            ErrorKind::unavailable);
  // Less than there is: the rest belongs to nobody.
  const ScriptedServer less = always(head + "2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(manifest(less).text, "{}");
}

TEST_F(HostileRegistry, ABlobThatNeverBecomesWhole) {
  const Descriptor wanted = descriptor_of("0123456789");
  EXPECT_EQ(kind_of_blob("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234", wanted), ErrorKind::unavailable);
  EXPECT_EQ(kind_of_blob(answer(200, "01234"), wanted), ErrorKind::unavailable);
  EXPECT_NE(said_.find("ends after 5 of 10 bytes"), std::string::npos) << said_;
  EXPECT_EQ(kind_of_blob(answer(206, "01234"), wanted), ErrorKind::invalid);
  EXPECT_EQ(kind_of_blob(answer(206, "56789", "Content-Range: bytes 5-9/10\r\n"), wanted), ErrorKind::invalid);
  EXPECT_EQ(kind_of_blob(answer(204, ""), wanted), ErrorKind::internal);
  EXPECT_EQ(kind_of_blob(answer(200, ""), {.digest = wanted.digest, .size = UINT64_MAX}), ErrorKind::unavailable);
}

TEST_F(HostileRegistry, BodiesWithoutEnd) {
  std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "10000\r\n" + std::string(65536, ' ') + "\r\n";
  while (chunks.size() < kManifestBytesMax + 2 * chunk.size()) chunks += chunk;
  EXPECT_EQ(kind_of_manifest(chunks), ErrorKind::invalid);
  // Without any length: to the connection's end.
  EXPECT_EQ(kind_of_manifest("HTTP/1.1 200 OK\r\n\r\n" + std::string(kManifestBytesMax + 1, ' ')), ErrorKind::invalid);
  EXPECT_EQ(kind_of_manifest(answer(404, std::string(5 << 20, 'x'))), ErrorKind::not_found);
  EXPECT_LT(said_.size(), 1000u);
  const ScriptedServer first{[](const ScriptedRequest&) { return answer(200, std::string(5 << 20, 'x')); }};
  EXPECT_EQ(kind_of([&] { manifest(first); }), ErrorKind::invalid);
}

TEST_F(HostileRegistry, RefusalsThatWouldWriteOnTheTerminal) {
  const std::string escape = R"({"errors":[{"code":"X","message":"\u001b[2J\u001b]0;title\u0007\r\nline )";
  EXPECT_EQ(kind_of_manifest(answer(400, escape + std::string(5000, 'x') + R"("}]})")), ErrorKind::internal);
  EXPECT_EQ(said_.find_first_of("\x1b\x07\r\n"), std::string::npos);
  EXPECT_LT(said_.size(), 1000u);
  for (const char* odd : {"[]", "{\"errors\":{}}", "{\"errors\":[1,null,{\"code\":[]}]}", "\xff\xfe", "<html>"}) {
    EXPECT_EQ(kind_of_manifest(answer(404, odd)), ErrorKind::not_found) << odd;
  }
}

TEST_F(HostileRegistry, AnswersOfOddKinds) {
  EXPECT_EQ(kind_of_manifest("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"), ErrorKind::internal);
  EXPECT_EQ(kind_of_manifest(answer(999, "")), ErrorKind::internal);
  EXPECT_EQ(kind_of_manifest("HTTP/2.0 200 OK\r\n\r\n{}"), ErrorKind::unavailable);
  EXPECT_EQ(kind_of_manifest("\x15\x03\x01 no TLS either"), ErrorKind::unavailable);
  EXPECT_EQ(kind_of_manifest(answer(302, "")), ErrorKind::invalid);
  for (const char* where : {"file:///etc/passwd", "http://", "http://[::1", "//", "http://x:99999/", "http://a\tb/"}) {
    EXPECT_EQ(kind_of_manifest(answer(302, "", "Location: " + std::string{where} + "\r\n")), ErrorKind::invalid)
        << where;
  }
}

TEST_F(HostileRegistry, AManifestIsWhatItsDigestSays) {
  const std::string other = "Docker-Content-Digest: sha256:" + std::string(64, '0') + "\r\n";
  EXPECT_EQ(kind_of_manifest(answer(200, "{}", other)), ErrorKind::invalid);
  EXPECT_NE(said_.find("has the digest"), std::string::npos) << said_;
  const ScriptedServer odd = always(answer(200, "{}", "Docker-Content-Digest: md5:../../x\r\n"));
  EXPECT_EQ(manifest(odd).digest, sha256_digest("{}"));
}

TEST_F(HostileRegistry, TokenServersThatGiveNone) {
  std::string token, here, fields;
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    if (request.target.starts_with("/token")) return token;
    EXPECT_EQ(request.headers.count("injected"), 0u);
    return answer(401, "", fields);
  }};
  const auto ask = [&] { return kind_of([&] { manifest(server); }); };
  fields = "WWW-Authenticate: Bearer realm=\"http://" + server.authority() + "/token\"\r\n";
  for (const std::string& body : {std::string{}, std::string{"<html>"}, std::string{"[]"}, std::string{"{}"},
                                  std::string{"{\"token\":5}"}, std::string{R"({"token":"a\r\nInjected: b"})"},
                                  std::string(2 << 20, ' '), "{\"token\":" + std::string(500'000, '[')}) {
    token = answer(200, body);
    EXPECT_EQ(ask(), ErrorKind::invalid) << body.substr(0, 50);
  }
  token = answer(500, "");
  EXPECT_EQ(ask(), ErrorKind::unavailable);
  token = answer(302, "", "Location: http://" + server.authority() + "/token\r\n");
  EXPECT_EQ(ask(), ErrorKind::internal);
  // One that is never enough.
  token = answer(200, R"({"token":"abc"})");
  const std::size_t before = server.requests().size();
  EXPECT_EQ(ask(), ErrorKind::not_permitted);
  EXPECT_LT(server.requests().size() - before, 8u);
  for (const char* nonsense :
       {"Bearer", "Bearer realm=\"file:///x\"", "Bearer realm=\"http://a b\"", "Negotiate", ",,=,\""}) {
    fields = "WWW-Authenticate: " + std::string{nonsense} + "\r\n";
    const ErrorKind kind = ask();
    EXPECT_TRUE(kind == ErrorKind::not_permitted || kind == ErrorKind::invalid) << nonsense;
  }
}

TEST_F(HostileRegistry, APauseThatIsAskedForIsMade) {
  int count = 0;
  std::string pause;
  const ScriptedServer server{[&](const ScriptedRequest& request) {
    if (request.target == "/v2/") return answer(200, "{}");
    return ++count % 2 == 1 ? answer(429, "", "Retry-After: " + pause + "\r\n") : answer(200, "{}");
  }};
  const auto took = [&] {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(manifest(server).text, "{}");
    return std::chrono::steady_clock::now() - begin;
  };
  pause = "1";
  EXPECT_GE(took(), std::chrono::seconds{1});
  // What is no number of seconds is no reason to wait for long.
  for (const char* odd : {"-5", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", "99999999999999999999", "1e9"}) {
    pause = odd;
    EXPECT_LT(took(), std::chrono::seconds{10}) << odd;
  }
}

TEST_F(HostileRegistry, UploadsThatLeadNowhereEnd) {
  const std::string content(40 << 20, 'u');
  std::function<std::string(const ScriptedRequest&)> script;
  const ScriptedServer server{
      [&](const ScriptedRequest& request) { return request.target == "/v2/" ? answer(200, "{}") : script(request); }};
  RegistryClient::Upload upload{.digest = sha256_digest("x"), .size = content.size(), .open = {}, .on_bytes = {}};
  std::vector<std::thread> feeders;
  upload.open = [&](std::uint64_t offset, std::uint64_t bytes) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    feeders.emplace_back([&content, offset, bytes, end = ends[1]] {
      const UniqueFd writing{end};
      for (std::uint64_t done = 0; done < bytes;) {
        const ssize_t put = ::write(end, content.data() + offset + done, bytes - done);
        if (put <= 0) break;
        done += static_cast<std::uint64_t>(put);
      }
    });
    return UniqueFd{ends[0]};
  };
  const auto push = [&] {
    return kind_of([&] {
      play(server.authority(),
           [&](RegistryClient& client) -> asio::awaitable<void> { co_await client.upload("a/b", upload); });
    });
  };
  script = [](const ScriptedRequest&) { return answer(202, ""); };
  EXPECT_EQ(push(), ErrorKind::invalid);
  script = [](const ScriptedRequest&) { return answer(202, "", "Location: gopher://x\r\n"); };
  EXPECT_EQ(push(), ErrorKind::invalid);
  // Takes every piece and then knows nothing of it.
  int begun = 0;
  script = [&](const ScriptedRequest& request) {
    if (request.method == "PUT") return answer(404, "");
    if (request.method == "POST") ++begun;
    return answer(202, "", "Location: /upload/1\r\n");
  };
  EXPECT_EQ(push(), ErrorKind::not_found);
  EXPECT_LE(begun, settings_.attempts + 1);
  // Says to have more than there is.
  script = [&](const ScriptedRequest& request) {
    if (request.method == "POST") return answer(202, "", "Location: /upload/1\r\n");
    if (request.method == "GET") return answer(204, "", "Range: 0-18446744073709551615\r\n");
    return answer(503, "");
  };
  EXPECT_EQ(push(), ErrorKind::unavailable);
  for (std::thread& feeder : feeders) feeder.join();
}

}  // namespace
}  // namespace stack::image
