// The registry client and encryption: whose certificates are believed, what certs.d folders add, what a client shows of itself, and
// that nothing leaves the encryption. "registry.example" is led to the test's server by a proxy.
#include <filesystem>

#include <stdlib.h>

#include "tests/integration/registry_fixture.h"
#include "tests/support/tunnel_proxy.h"

namespace stack::image {
namespace {

namespace fs = std::filesystem;
using test::TlsAuthority;
using test::TunnelProxy;

constexpr const char* kName = "registry.example";

std::string serve_anything(const ScriptedRequest& request) {
  return request.target.find("/blobs/") == std::string::npos ? answer(200, "{}") : answer(200, "content");
}

class RegistryTls : public Registry {
 protected:
  RegistryTls() {
    std::string pattern = ::testing::TempDir() + "stack-certs-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder");
    folder_ = pattern;
    settings_.certificate_folders = {folder_ / "first", folder_ / "second"};
    settings_.attempts = 2;
  }
  ~RegistryTls() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  void by(const TunnelProxy& proxy) { settings_.https_proxy = proxy.authority(); }
  // Believed from now on for the registry of that name.
  void trust(const std::string& name = kName) { authority_.write_authority(folder_ / "second" / name); }

  TlsAuthority authority_{"the test's authority"};
  fs::path folder_;
};

TEST_F(RegistryTls, AnAuthorityIsBelievedWhereItsFolderSaysSo) {
  const ScriptedServer server{serve_anything, authority_.context({.names = {kName}})};
  const TunnelProxy proxy{server.port()};
  by(proxy);
  EXPECT_EQ(kind_of([&] { manifest(kName); }), ErrorKind::not_permitted);
  EXPECT_NE(said_.find("certificate is not trusted"), std::string::npos) << said_;
  trust("other.example");
  trust(std::string{kName} + ":5000");
  EXPECT_EQ(kind_of([&] { manifest(kName); }), ErrorKind::not_permitted);
  trust();
  EXPECT_EQ(manifest(kName).text, "{}");
  EXPECT_EQ(manifest(std::string{kName} + ":5000").text, "{}");
  EXPECT_EQ(blob(kName, descriptor_of("content")), "content");
  EXPECT_EQ(server.requests().back().headers.at("host"), kName);
  // Without asking for a certificate where that is said.
  fs::remove_all(folder_ / "second");
  settings_.insecure = {kName};
  EXPECT_EQ(manifest(kName).text, "{}");
}

TEST_F(RegistryTls, ACertificateOfAnotherNameOrTimeIsNot) {
  trust();
  const ScriptedServer other{serve_anything, authority_.context({.names = {"other.example"}})};
  const ScriptedServer late{serve_anything, authority_.context({.names = {kName}, .expired = true})};
  for (const ScriptedServer* server : {&other, &late}) {
    const TunnelProxy proxy{server->port()};
    by(proxy);
    EXPECT_EQ(kind_of([&] { manifest(kName); }), ErrorKind::not_permitted);
    EXPECT_NE(said_.find("certificate is not trusted"), std::string::npos) << said_;
    EXPECT_TRUE(server->requests().empty());
  }
}

TEST_F(RegistryTls, AClientShowsItsOwnCertificateWhereItsFolderHasOne) {
  const ScriptedServer server{serve_anything, authority_.context({.names = {kName}, .demands_certificate = true})};
  const TunnelProxy proxy{server.port()};
  by(proxy);
  trust();
  EXPECT_EQ(kind_of([&] { manifest(kName); }), ErrorKind::not_permitted);
  EXPECT_NE(said_.find("does not take the client's certificate"), std::string::npos) << said_;
  authority_.write_client(folder_ / "first" / kName);
  EXPECT_EQ(manifest(kName).text, "{}");
  // One that another authority signed is shown, and refused by the server.
  TlsAuthority{"another"}.write_client(folder_ / "first" / kName);
  EXPECT_EQ(kind_of([&] { manifest(kName); }), ErrorKind::not_permitted);
  fs::remove(folder_ / "first" / kName / "client.key");
  EXPECT_EQ(kind_of([&] { manifest(kName); }), ErrorKind::invalid);
  EXPECT_NE(said_.find("client.key"), std::string::npos) << said_;
}

TEST_F(RegistryTls, RedirectsStayEncryptedAndSecretsAtHome) {
  std::string leads_to;
  const ScriptedServer server{[&](const ScriptedRequest& request) {
                                if (request.target == "/elsewhere") {
                                  return answer(200, request.headers.contains("authorization") ? "secret" : "content");
                                }
                                if (!request.headers.contains("authorization"))
                                  return answer(401, "", "WWW-Authenticate: Basic realm=\"x\"\r\n");
                                if (request.target == "/v2/") return answer(200, "{}");
                                return answer(307, "", "Location: " + leads_to + "/elsewhere\r\n");
                              },
                              authority_.context({.names = {kName, "store.example"}})};
  const TunnelProxy proxy{server.port()};
  by(proxy);
  settings_.http_proxy = proxy.authority();
  trust();
  trust("store.example");
  std::string got;
  const auto ask = [&] {
    play(kName,
         [&](RegistryClient& client) -> asio::awaitable<void> {
           got = co_await client.blob("a/b", descriptor_of("content"), 100);
         },
         {.user = "user", .password = "pass", .identity_token = {}, .registry_token = {}});
  };
  leads_to = "https://store.example";
  ask();
  EXPECT_EQ(got, "content");
  leads_to = "http://store.example";
  EXPECT_EQ(kind_of(ask), ErrorKind::not_permitted);
  EXPECT_NE(said_.find("without encryption"), std::string::npos) << said_;
  // A name that the certificate does not have.
  leads_to = "https://third.example";
  trust("third.example");
  EXPECT_EQ(kind_of(ask), ErrorKind::not_permitted);
  for (const char* nowhere : {"file:///etc", "ftp://store.example", "https://[::1", "https://user@", "javascript:x"}) {
    leads_to = nowhere;
    EXPECT_NE(kind_of(ask), ErrorKind::unavailable) << nowhere;
  }
  for (const std::string& head : proxy.heads()) EXPECT_TRUE(head.starts_with("CONNECT ")) << head;
}

TEST_F(RegistryTls, SecretsAreNotSentToATokenServerWithoutEncryption) {
  const ScriptedServer server{
      [](const ScriptedRequest&) {
        return answer(401, "", "WWW-Authenticate: Bearer realm=\"http://token.example/t\",service=\"x\"\r\n");
      },
      authority_.context({.names = {kName}})};
  const TunnelProxy proxy{server.port()};
  by(proxy);
  settings_.http_proxy = proxy.authority();
  trust();
  EXPECT_EQ(kind_of([&] {
              manifest(kName, "1", {.user = "user", .password = "pass", .identity_token = {}, .registry_token = {}});
            }),
            ErrorKind::not_permitted);
  EXPECT_NE(said_.find("credentials are not sent there"), std::string::npos) << said_;
  EXPECT_EQ(kind_of([&] {
              manifest(kName, "1", {.user = {}, .password = {}, .identity_token = "token", .registry_token = {}});
            }),
            ErrorKind::not_permitted);
  for (const std::string& head : proxy.heads()) EXPECT_TRUE(head.starts_with("CONNECT ")) << head;
}

TEST_F(RegistryTls, AProxySeesNamesAndItsOwnPasswordOnly) {
  const ScriptedServer server{serve_anything, authority_.context({.names = {kName}})};
  const TunnelProxy proxy{server.port()};
  trust();
  settings_.https_proxy = "http://us%65r:pass@" + proxy.authority();
  EXPECT_EQ(manifest(kName, "1", {.user = "me", .password = "mine", .identity_token = {}, .registry_token = {}}).text,
            "{}");
  EXPECT_FALSE(proxy.heads().empty());
  for (const std::string& head : proxy.heads()) {
    EXPECT_TRUE(head.starts_with("CONNECT registry.example:443 HTTP/1.1\r\n")) << head;
    EXPECT_NE(head.find("\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("\r\nAuthorization"), std::string::npos) << head;
  }
  EXPECT_FALSE(server.requests()[0].headers.contains("proxy-authorization"));
  const TunnelProxy strict{server.port(), "407 X"};
  by(strict);
  EXPECT_EQ(kind_of([&] { manifest(kName); }), ErrorKind::unavailable);
  EXPECT_NE(said_.find("the proxy " + strict.authority() + " answers 407"), std::string::npos) << said_;
  const std::size_t asked = strict.heads().size();
  settings_.no_proxy = "example";
  EXPECT_EQ(kind_of([&] { manifest(kName); }), ErrorKind::unavailable);
  EXPECT_NE(said_.find("looking up the name"), std::string::npos) << said_;
  EXPECT_EQ(strict.heads().size(), asked);
}

}  // namespace
}  // namespace stack::image
