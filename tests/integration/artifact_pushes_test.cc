// Artifacts go to registries of our own: what arrives, what an older registry gets, and images that are copied with them.
#include "engine/core/artifact_pushes.h"

#include <csignal>
#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/async/thread_pool.h"
#include "base/error.h"
#include "engine/image/digest.h"
#include "engine/image/image_store.h"
#include "engine/image/manifest_json.h"
#include "tests/support/scripted_server.h"

namespace stack::core {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using test::ScriptedRequest;
using test::ScriptedServer;

// A registry that takes everything, unless it is too old for artifacts.
struct Registry {
  bool old = false;
  std::map<std::string, std::pair<std::string, std::string>> things;  // path to media type and bytes
  std::vector<std::string> refused;

  std::string put(const std::string& repository, const std::string& bytes) {
    const std::string digest = image::sha256_digest(bytes);
    things["/v2/" + repository + "/blobs/" + digest] = {"application/octet-stream", bytes};
    return digest;
  }
  std::string put_manifest(const std::string& path, const char* type, const std::string& text) {
    const std::string digest = image::sha256_digest(text);
    things[path] = {type, text};
    things[path.substr(0, path.rfind('/') + 1) + digest] = {type, text};
    return digest;
  }
  std::string serve(const ScriptedRequest& request) {
    if (request.target == "/v2/") return ScriptedServer::answer(200, "{}");
    if (request.method == "POST") return ScriptedServer::answer(202, "", "Location: " + request.target + "one\r\n");
    if (request.method == "PUT" && request.target.find("/uploads/") != std::string::npos) {
      const std::size_t at = request.target.find("/blobs/uploads/");
      put(request.target.substr(4, at - 4), request.body);
      return ScriptedServer::answer(201, "");
    }
    if (request.method == "PUT") {
      if (old && request.body.find("artifactType") != std::string::npos) {
        refused.push_back(request.target);
        return ScriptedServer::answer(400, "");
      }
      put_manifest(request.target, "", request.body);
      things[request.target].first = request.headers.at("content-type");
      return ScriptedServer::answer(201, "");
    }
    const auto found = things.find(request.target);
    if (found == things.end()) return ScriptedServer::answer(404, "");
    return ScriptedServer::answer(200, request.method == "HEAD" ? "" : found->second.second,
                                  "Content-Type: " + found->second.first + "\r\n");
  }
  [[nodiscard]] image::Manifest manifest(const std::string& path) const {
    return std::get<image::Manifest>(image::parse_manifest(things.at(path).second, things.at(path).first));
  }
};

class ArtifactPushesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    std::string pattern = ::testing::TempDir() + "stack-artifacts-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    store_ = std::make_unique<image::Store>(root_ / "store", clock_, system_random());
    settings_.retry_after = std::chrono::milliseconds{1};
    settings_.attempts = 2;
    settings_.certificate_folders.clear();
  }
  void TearDown() override {
    EXPECT_TRUE(fs::is_empty(root_ / "store" / "incoming"));
    store_.reset();
    fs::remove_all(root_);
  }
  ArtifactPushed push(ArtifactPush request) {
    asio::io_context loop;
    async::ThreadPool workers{2};
    ArtifactPushes pushes{loop, *store_, settings_, workers, clock_};
    ArtifactPushed pushed;
    std::exception_ptr failed;
    asio::co_spawn(loop, pushes.push(std::move(request), std::make_shared<async::CancellationToken>()),
                   [&](const std::exception_ptr& thrown, ArtifactPushed result) {
                     failed = thrown;
                     pushed = std::move(result);
                   });
    loop.run();
    if (failed) std::rethrow_exception(failed);
    return pushed;
  }
  static ArtifactPush request_to(const ScriptedServer& server) {
    ArtifactPush request{.reference = model::parse_reference(server.authority() + "/team/shop:1"),
                         .type = "application/x.test",
                         .config_type = "application/x.test.config",
                         .annotations = {{"v", "1"}}};
    request.parts.push_back({.media_type = "text/plain", .content = "hello", .annotations = {{"name", "x"}}});
    return request;
  }

  fs::path root_;
  SystemClock clock_;
  image::RegistrySettings settings_;
  std::unique_ptr<image::Store> store_;
};

TEST_F(ArtifactPushesTest, ItArrivesAsOneManifestWithItsType) {
  Registry registry;
  const ScriptedServer server{[&](const ScriptedRequest& request) { return registry.serve(request); }};
  const ArtifactPushed pushed = push(request_to(server));
  const image::Manifest manifest = registry.manifest("/v2/team/shop/manifests/1");
  EXPECT_EQ(manifest.artifact_type, "application/x.test");
  EXPECT_EQ(manifest.config.media_type, image::kOciEmpty);
  ASSERT_EQ(manifest.layers.size(), 1u);
  EXPECT_EQ(manifest.layers[0].annotations.at("name"), "x");
  EXPECT_EQ(registry.things.at("/v2/team/shop/blobs/" + manifest.layers[0].digest).second, "hello");
  EXPECT_EQ(registry.things.at("/v2/team/shop/blobs/" + manifest.config.digest).second, "{}");
  EXPECT_TRUE(registry.things.contains("/v2/team/shop/manifests/" + pushed.digest));
  EXPECT_EQ(pushed.index, "");
}

TEST_F(ArtifactPushesTest, AnOldRegistryGetsTheOldFormUnlessTheNewOneIsAskedFor) {
  Registry registry{.old = true};
  const ScriptedServer server{[&](const ScriptedRequest& request) { return registry.serve(request); }};
  ArtifactPush newest = request_to(server);
  newest.oci_version = "1.1";
  EXPECT_THROW(push(newest), Error);
  EXPECT_FALSE(registry.things.contains("/v2/team/shop/manifests/1"));
  push(request_to(server));
  EXPECT_EQ(registry.refused.size(), 2u);
  const image::Manifest manifest = registry.manifest("/v2/team/shop/manifests/1");
  EXPECT_EQ(manifest.artifact_type, "");
  EXPECT_EQ(manifest.config.media_type, "application/x.test.config");
}

TEST_F(ArtifactPushesTest, ImagesAreCopiedWithAllTheirPlatforms) {
  Registry from, to;
  const ScriptedServer source{[&](const ScriptedRequest& request) { return from.serve(request); }};
  const ScriptedServer target{[&](const ScriptedRequest& request) { return to.serve(request); }};
  image::Index index{.media_type = image::kOciIndex};
  for (const char* architecture : {"amd64", "arm64"}) {
    image::Manifest manifest{.media_type = image::kOciManifest};
    const std::string config = std::string{"{\"architecture\":\""} + architecture + "\"}", layer = architecture;
    manifest.config = {.media_type = image::kOciConfig, .digest = from.put("app", config), .size = config.size()};
    manifest.layers = {{.media_type = image::kOciLayer, .digest = from.put("app", layer), .size = layer.size()}};
    const std::string text = image::write_manifest(manifest);
    index.manifests.push_back({.media_type = image::kOciManifest,
                               .digest = from.put_manifest("/v2/app/manifests/" + layer, image::kOciManifest, text),
                               .size = text.size()});
  }
  const std::string top = from.put_manifest("/v2/app/manifests/1", image::kOciIndex, image::write_index(index));
  ArtifactPush request = request_to(target);
  request.images = {model::parse_reference(source.authority() + "/app:1")};
  const ArtifactPushed pushed = push(request);
  for (const image::Descriptor& entry : index.manifests) {
    const image::Manifest manifest = to.manifest("/v2/team/shop/manifests/" + entry.digest);
    EXPECT_TRUE(to.things.contains("/v2/team/shop/blobs/" + manifest.config.digest));
    EXPECT_TRUE(to.things.contains("/v2/team/shop/blobs/" + manifest.layers[0].digest));
  }
  const std::string path = "/v2/team/shop/manifests/" + pushed.index;
  const auto parsed = image::parse_manifest(to.things.at(path).second, to.things.at(path).first);
  const auto& made = std::get<image::Index>(parsed);
  ASSERT_EQ(made.manifests.size(), 1u);
  EXPECT_EQ(made.manifests[0].digest, top);
  ASSERT_TRUE(made.subject);
  EXPECT_EQ(made.subject->digest, pushed.digest);
  EXPECT_EQ(made.subject->artifact_type, "application/x.test");

  // A registry that lies about a blob: nothing of the image is named there.
  from.things["/v2/app/blobs/" + image::sha256_digest("arm64")].second = "forgd";
  to.things.clear();
  EXPECT_THROW(push(request), Error);
  EXPECT_FALSE(to.things.contains("/v2/team/shop/manifests/" + top));
}

}  // namespace
}  // namespace stack::core
