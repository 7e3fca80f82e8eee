// Pulls from a registry of our own that is honest or not: what is verified, what is shared, and that a refusal leaves nothing.
// Needs root for owners.
#include "engine/core/pulls.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <archive.h>
#include <archive_entry.h>
#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/async/thread_pool.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/image/digest.h"
#include "engine/image/image_store.h"
#include "engine/image/manifest_json.h"
#include "tests/support/scripted_server.h"
#include "tests/support/tar_text.h"

namespace stack::core {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using test::ScriptedRequest;
using test::ScriptedServer;
using test::TarText;

// What a registry has, by path.
struct Shelf {
  std::map<std::string, std::pair<std::string, std::string>> things;  // path to media type and bytes

  std::string put(const std::string& repository, const std::string& bytes) {
    const std::string digest = image::sha256_digest(bytes);
    things["/v2/" + repository + "/blobs/" + digest] = {"application/octet-stream", bytes};
    return digest;
  }
  std::string put_manifest(const std::string& repository, const std::string& tag, const std::string& text,
                           const char* type) {
    const std::string digest = image::sha256_digest(text);
    things["/v2/" + repository + "/manifests/" + digest] = {type, text};
    if (!tag.empty()) things["/v2/" + repository + "/manifests/" + tag] = {type, text};
    return digest;
  }
  // An image of these layers; `diffs` instead of the true ids.
  std::string put_image(const std::string& repository, const std::string& tag, const std::vector<std::string>& layers,
                        std::vector<std::string> diffs = {}) {
    model::Image config;
    config.os = "linux";
    config.architecture = "amd64";
    image::Manifest manifest{.media_type = image::kOciManifest};
    for (const std::string& layer : layers) {
      config.layers.push_back(image::sha256_digest(layer));
      manifest.layers.push_back(
          {.media_type = image::kOciLayer, .digest = put(repository, layer), .size = layer.size()});
    }
    if (!diffs.empty()) config.layers = std::move(diffs);
    const std::string text = image::write_config_blob(config);
    manifest.config = {.media_type = image::kOciConfig, .digest = put(repository, text), .size = text.size()};
    return put_manifest(repository, tag, image::write_manifest(manifest), image::kOciManifest);
  }
  std::string serve(const ScriptedRequest& request) const {
    if (request.target == "/v2/") return ScriptedServer::answer(200, "{}");
    const auto found = things.find(request.target);
    if (found == things.end()) return ScriptedServer::answer(404, "");
    return ScriptedServer::answer(200, found->second.second, "Content-Type: " + found->second.first + "\r\n");
  }
};

class PullsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // as the daemon does: a reader that gives up is an error, not the end
    std::string pattern = ::testing::TempDir() + "stack-pulls-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    store_ = std::make_unique<image::Store>(root_ / "store", clock_, system_random());
    settings_.retry_after = std::chrono::milliseconds{1};
    settings_.attempts = 2;
    settings_.certificate_folders.clear();
  }
  void TearDown() override {
    store_.reset();
    fs::remove_all(root_);
  }

  // Pulls all of them side by side; the first failure is thrown.
  std::vector<Pulled> pull(const ScriptedServer& server, const std::vector<std::string>& names) {
    asio::io_context loop;
    async::ThreadPool workers{8};
    Pulls pulls{loop, *store_, settings_, workers};
    std::vector<Pulled> all(names.size());
    std::exception_ptr failed;
    for (std::size_t i = 0; i < names.size(); ++i) {
      PullRequest request{.reference = model::parse_reference(server.authority() + "/" + names[i]),
                          .platform = image::parse_platform("linux/amd64")};
      asio::co_spawn(loop, pulls.pull(std::move(request), std::make_shared<async::CancellationToken>()),
                     [&, i](const std::exception_ptr& thrown, Pulled pulled) {
                       if (thrown && !failed) failed = thrown;
                       all[i] = std::move(pulled);
                     });
    }
    loop.run();
    if (failed) std::rethrow_exception(failed);
    return all;
  }
  // What digest() or artifact() answers.
  template <class T>
  T ask(const std::function<asio::awaitable<T>(Pulls&, model::Reference)>& question, const ScriptedServer& server,
        const std::string& name) {
    asio::io_context loop;
    async::ThreadPool workers{1};
    Pulls pulls{loop, *store_, settings_, workers};
    T found;
    std::exception_ptr failed;
    asio::co_spawn(loop, question(pulls, model::parse_reference(server.authority() + "/" + name)),
                   [&](const std::exception_ptr& thrown, T answer) {
                     failed = thrown;
                     found = std::move(answer);
                   });
    loop.run();
    if (failed) std::rethrow_exception(failed);
    return found;
  }
  std::string digest(const ScriptedServer& server, const std::string& name) {
    return ask<std::string>([](Pulls& pulls, model::Reference of) { return pulls.digest(std::move(of), {}); }, server,
                            name);
  }
  Artifact artifact(const ScriptedServer& server, const std::string& name, const std::string& type = {}) {
    return ask<Artifact>([&](Pulls& pulls, model::Reference of) { return pulls.artifact(std::move(of), type, {}); },
                         server, name);
  }
  void refused(const ScriptedServer& server, const std::string& name, const char* why) {
    try {
      pull(server, {name});
      ADD_FAILURE() << name << " was not refused";
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(why), std::string::npos) << error.message();
      EXPECT_LT(error.message().size(), 1000u);
    }
    store_->collect();
    store_->sweep();
    EXPECT_TRUE(store_->list().empty());
    for (const char* folder : {"incoming", "layers", "blobs/sha256"}) {
      EXPECT_TRUE(fs::is_empty(root_ / "store" / folder)) << folder << " after " << name;
    }
  }

  static std::string gzip(const std::string& bytes) {
    std::string packed(bytes.size() + 1000, '\0');
    std::size_t used = 0;
    archive* writer = archive_write_new();
    archive_entry* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_set_format_raw(writer);
    archive_write_add_filter_gzip(writer);
    EXPECT_EQ(archive_write_open_memory(writer, packed.data(), packed.size(), &used), ARCHIVE_OK);
    EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
    EXPECT_EQ(archive_write_data(writer, bytes.data(), bytes.size()), static_cast<la_ssize_t>(bytes.size()));
    EXPECT_EQ(archive_write_close(writer), ARCHIVE_OK);
    archive_entry_free(entry);
    archive_write_free(writer);
    packed.resize(used);
    return packed;
  }
  static std::string layer(const std::string& name, std::size_t bytes = 10) {
    return TarText{}.entry('0', name, std::string(bytes, 'x')).end();
  }

  SystemClock clock_;
  fs::path root_;
  std::unique_ptr<image::Store> store_;
  image::RegistrySettings settings_;
};

TEST_F(PullsTest, LayersAreSharedAndFetchedOnce) {
  Shelf shelf;
  const std::string base = layer("base", 200'000);
  shelf.put_image("one", "1", {base, layer("a")});
  shelf.put_image("two", "1", {base, layer("b")});
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  const auto pulled = pull(server, {"one:1", "two:1", "one:1"});
  EXPECT_EQ(pulled[0].image.id, pulled[2].image.id);
  EXPECT_EQ(store_->list().size(), 2u);
  const auto asked = server.requests();
  EXPECT_EQ(std::count_if(asked.begin(), asked.end(),
                          [&](const auto& r) { return r.target.ends_with(image::sha256_digest(base)); }),
            1);
  EXPECT_TRUE(store_->check().empty());
  // What is known by its digest costs one question.
  EXPECT_FALSE(pull(server, {"one:1"})[0].changed);
  EXPECT_EQ(server.requests().size(), asked.size() + 2);
}

TEST_F(PullsTest, LiesAreRefusedAndLeaveNothing) {
  Shelf shelf;
  const std::string good = layer("good"), other = layer("other");
  shelf.put_image("digest", "1", {good, other});
  shelf.things["/v2/digest/blobs/" + image::sha256_digest(other)].second = layer("OTHER");
  shelf.put_image("diff", "1", {good}, {image::sha256_digest("something else")});
  shelf.put_image("path", "1", {good}, {"sha256:../../../../etc"});
  shelf.put_image("count", "1", {good, other}, {image::sha256_digest(good)});
  shelf.put_image("climb", "1", {TarText{}.entry('0', "../../out", "x").end()});
  shelf.put_image("noise", "1", {std::string(100'000, 'n')});
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  refused(server, "digest:1", "digest");
  refused(server, "diff:1", "unpacks to");
  refused(server, "path:1", "usable digest");
  refused(server, "count:1", "layers");
  refused(server, "climb:1", "\"..\"");
  refused(server, "noise:1", "cannot be read");
  refused(server, "absent:1", "not found");
  EXPECT_FALSE(fs::exists(root_ / "out"));
}

TEST_F(PullsTest, APullMendsWhatIsDamaged) {
  Shelf shelf;
  const std::string first = layer("a"), second = layer("b");
  shelf.put_image("one", "1", {first, second});
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  const model::Image image = pull(server, {"one:1"})[0].image;
  const fs::path top = store_->layer_folders(image).front();
  const auto reopen = [&] {
    store_.reset();
    store_ = std::make_unique<image::Store>(root_ / "store", clock_, system_random());
  };
  for (const auto& damage : std::vector<std::function<void()>>{
           [&] { std::ofstream{root_ / "store/blobs/sha256" / image.id.substr(7)} << "{}"; },
           [&] { fs::remove(root_ / "store/blobs/sha256" / image.id.substr(7)); },
           [&] { std::ofstream{root_ / "store/blobs/sha256" / image.manifest.substr(7)} << "{}"; },
           [&] { fs::remove_all(top); }}) {
    damage();
    EXPECT_FALSE(store_->check().empty());
    reopen();
    pull(server, {"one:1"});
    EXPECT_EQ(store_->list().size(), 1u);
    EXPECT_THAT(store_->check(), ::testing::IsEmpty());
  }
}

TEST_F(PullsTest, ABombIsBounded) {
  Shelf shelf;
  shelf.put_image("bomb", "1", {layer("zeros", 3'000'000)});
  settings_.limits.bytes_max = 1'000'000;
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  refused(server, "bomb:1", "than is allowed");
}

TEST_F(PullsTest, ABombBehindTheArchiveIsBoundedAsWell) {
  Shelf shelf;
  // Nothing but zeros behind the last file, which compress well and unpack to nothing; and the same as they are.
  const std::string zeros = layer("f") + std::string(5'000'000, '\0');
  shelf.put_image("packed", "1", {gzip(zeros)}, {image::sha256_digest(zeros)});
  shelf.put_image("plain", "1", {zeros});
  settings_.limits.bytes_max = 1'000'000;
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  refused(server, "packed:1", "longer than is allowed");
  refused(server, "plain:1", "larger than is allowed");
  const std::string some = layer("f") + std::string(100'000, '\0');
  shelf.put_image("some", "1", {gzip(some)}, {image::sha256_digest(some)});
  EXPECT_TRUE(pull(server, {"some:1"})[0].changed);
}

TEST_F(PullsTest, AbsurdSizesAreRefusedBeforeAnythingIsFetched) {
  Shelf shelf;
  for (const std::uint64_t size : {std::uint64_t{1} << 50, std::uint64_t{INT64_MAX}, std::uint64_t{UINT64_MAX}}) {
    model::Image config;
    config.os = "linux";
    config.architecture = "amd64";
    config.layers = {image::sha256_digest("x")};
    const std::string text = image::write_config_blob(config);
    image::Manifest manifest{.media_type = image::kOciManifest};
    manifest.config = {.media_type = image::kOciConfig, .digest = shelf.put("absurd", text), .size = text.size()};
    manifest.layers.push_back({.media_type = image::kOciLayer, .digest = shelf.put("absurd", "x"), .size = size});
    shelf.put_manifest("absurd", "1", image::write_manifest(manifest), image::kOciManifest);
    const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
    refused(server, "absurd:1", size == UINT64_MAX ? "has no size" : "larger than is allowed");
    manifest.layers.back().size = 1;
    manifest.config.size = size;
    shelf.put_manifest("absurd", "1", image::write_manifest(manifest), image::kOciManifest);
    refused(server, "absurd:1", size == UINT64_MAX ? "has no size" : "too large");
    for (const ScriptedRequest& request : server.requests()) {
      EXPECT_FALSE(request.target.ends_with(image::sha256_digest("x"))) << request.target;
    }
  }
}

TEST_F(PullsTest, ConfigurationsThatAreNoneAreRefused) {
  Shelf shelf;
  const std::string good = layer("a");
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  const std::string layers = R"("rootfs":{"type":"layers","diff_ids":[")" + image::sha256_digest(good) + R"("]})";
  for (const std::string& text :
       {std::string{}, std::string{"[]"}, std::string{"null"}, std::string{"{}"}, std::string(1'000'000, '['),
        std::string{R"({"rootfs":{"diff_ids":"x"}})"}, std::string{R"({"rootfs":[]})"},
        R"({"os":"linux","architecture":"amd64","config":{"Env":5},)" + layers + "}",
        R"({"os":"linux","architecture":"amd64","config":[],)" + layers + "}",
        R"({"os":7,"architecture":"amd64",)" + layers + "}", "{\"os\":\"" + std::string(3'000'000, 'x')}) {
    image::Manifest manifest{.media_type = image::kOciManifest};
    manifest.config = {.media_type = image::kOciConfig, .digest = shelf.put("odd", text), .size = text.size()};
    manifest.layers.push_back({.media_type = image::kOciLayer, .digest = shelf.put("odd", good), .size = good.size()});
    shelf.put_manifest("odd", "1", image::write_manifest(manifest), image::kOciManifest);
    refused(server, "odd:1", "");
  }
}

TEST_F(PullsTest, LayersThatAreCutOrClimbAreRefusedAndLinksStayInside) {
  Shelf shelf;
  const std::string packed = gzip(layer("a", 100'000));
  shelf.put_image("cut", "1", {packed.substr(0, packed.size() / 2)});
  shelf.put_image("link", "1", {TarText{}.entry('1', "a", {}, "../../../etc/passwd").end()});
  shelf.put_image("above", "1", {TarText{}.entry('2', "d", {}, root_.string()).entry('0', "d/out", "x").end()});
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  refused(server, "cut:1", "cannot be read");
  refused(server, "link:1", "\"..\"");
  // As in the container: below the layer's own root.
  pull(server, {"above:1"});
  EXPECT_FALSE(fs::exists(root_ / "out"));
  const fs::path top = store_->layer_folders(store_->list().front()).front();
  EXPECT_EQ(read_file(top / root_.relative_path() / "out"), "x");
}

TEST_F(PullsTest, IndexesThatLeadInCirclesEnd) {
  // A circle of digests cannot be made; a registry that answers anything for a tag can pretend one, as deep as it likes.
  Shelf shelf;
  std::string last = "sha256:" + std::string(64, '0');
  for (int depth = 0; depth < 8; ++depth) {
    image::Index index{.media_type = image::kOciIndex};
    index.manifests.push_back(
        {.media_type = image::kOciIndex, .digest = last, .size = 1, .platform = image::Platform{"linux", "amd64", ""}});
    last = shelf.put_manifest("circle", depth == 7 ? "1" : "", image::write_index(index), image::kOciIndex);
  }
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  refused(server, "circle:1", "circles");
}

TEST_F(PullsTest, TheIndexGivesThePlatformAndItsDigestIsKept) {
  Shelf shelf;
  const std::string digest = shelf.put_image("multi", "", {layer("amd64")});
  image::Index index{.media_type = image::kDockerList};
  index.manifests.push_back({.media_type = image::kOciManifest,
                             .digest = digest,
                             .size = 1,
                             .platform = image::Platform{"linux", "amd64", ""}});
  const std::string top = shelf.put_manifest("multi", "1", image::write_index(index), image::kDockerList);
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  const Pulled pulled = pull(server, {"multi:1"})[0];
  EXPECT_EQ(pulled.digest, top);
  EXPECT_EQ(pulled.image.manifest, digest);
  EXPECT_EQ(pulled.image.repo_digests, (std::vector<std::string>{server.authority() + "/multi@" + top}));
  EXPECT_TRUE(store_->find(server.authority() + "/multi@" + top));
}

TEST_F(PullsTest, ADigestIsAskedForWithoutAPull) {
  Shelf shelf;
  const std::string digest_of_it = shelf.put_image("one", "1", {layer("a")});
  bool promises = true;
  std::string claimed = digest_of_it;
  const ScriptedServer server{[&](const ScriptedRequest& request) -> std::string {
    if (request.method != "HEAD") return shelf.serve(request);
    if (!shelf.things.contains(request.target)) return "HTTP/1.1 404 no\r\nContent-Length: 9\r\n\r\n";
    return "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n" +
           (promises ? "Docker-Content-Digest: " + claimed + "\r\n" : std::string{}) + "\r\n";
  }};
  const auto asked_by_get = [&] {
    const auto requests = server.requests();
    return std::any_of(requests.begin(), requests.end(), [](const ScriptedRequest& request) {
      return request.method == "GET" && request.target.find("/manifests/") != std::string::npos;
    });
  };
  EXPECT_EQ(digest(server, "one:1"), digest_of_it);
  EXPECT_FALSE(asked_by_get());
  EXPECT_EQ(digest(server, "one@" + digest_of_it), digest_of_it);
  EXPECT_THROW(digest(server, "absent:1"), Error);
  claimed = "sha256:no";
  EXPECT_EQ(digest(server, "one:1"), digest_of_it);
  promises = false;
  EXPECT_EQ(digest(server, "one:1"), digest_of_it);
  EXPECT_TRUE(asked_by_get());
  EXPECT_TRUE(store_->list().empty());
}

TEST_F(PullsTest, AnArtifactComesWholeAndVerifiedOrNotAtAll) {
  Shelf shelf;
  image::Manifest manifest{.media_type = image::kOciManifest, .artifact_type = "application/x.test"};
  manifest.config = {.media_type = "application/vnd.oci.empty.v1+json", .digest = shelf.put("art", "{}"), .size = 2};
  manifest.layers.push_back({.media_type = "text/plain", .digest = shelf.put("art", "hello"), .size = 5});
  manifest.layers.back().annotations["name"] = "x";
  const std::string digest_of_it = shelf.put_manifest("art", "1", image::write_manifest(manifest), image::kOciManifest);
  manifest.layers.back().size = kArtifactBytesMax + 1;
  shelf.put_manifest("art", "large", image::write_manifest(manifest), image::kOciManifest);
  manifest.layers.back() = {.media_type = "text/plain", .digest = shelf.put("art", "honest"), .size = 6};
  shelf.things["/v2/art/blobs/" + manifest.layers.back().digest].second = "forged";
  shelf.put_manifest("art", "forged", image::write_manifest(manifest), image::kOciManifest);
  shelf.put_image("art", "image", {layer("a")});
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  const Artifact found = artifact(server, "art:1");
  EXPECT_EQ(found.digest, digest_of_it);
  EXPECT_EQ(found.type, "application/x.test");
  EXPECT_EQ(found.contents, std::vector<std::string>{"hello"});
  EXPECT_EQ(found.layers[0].annotations.at("name"), "x");
  EXPECT_EQ(artifact(server, "art@" + digest_of_it).contents, found.contents);
  for (const char* tag : {"large", "forged", "image", "absent"}) {
    EXPECT_THROW(artifact(server, std::string{"art:"} + tag), Error) << tag;
  }
  EXPECT_TRUE(store_->list().empty());
}

TEST_F(PullsTest, AnIndexLeadsToItsArtifactOrToTheOneThatItBelongsTo) {
  Shelf shelf;
  image::Manifest manifest{.media_type = image::kOciManifest, .artifact_type = "application/x.test"};
  manifest.config = {.media_type = image::kOciEmpty, .digest = shelf.put("art", "{}"), .size = 2};
  manifest.layers.push_back({.media_type = "text/plain", .digest = shelf.put("art", "hello"), .size = 5});
  const std::string text = image::write_manifest(manifest);
  const std::string digest_of_it = shelf.put_manifest("art", "plain", text, image::kOciManifest);
  const image::Descriptor entry{.media_type = image::kOciManifest,
                                .digest = digest_of_it,
                                .size = text.size(),
                                .artifact_type = manifest.artifact_type};
  image::Descriptor other = entry;
  other.artifact_type = "application/x.other";
  image::Index index{.media_type = image::kOciIndex, .manifests = {other, entry}};
  shelf.put_manifest("art", "entry", image::write_index(index), image::kOciIndex);
  index = {.media_type = image::kOciIndex, .subject = entry};
  shelf.put_manifest("art", "subject", image::write_index(index), image::kOciIndex);
  index = {.media_type = image::kOciIndex, .manifests = {other}};
  shelf.put_manifest("art", "none", image::write_index(index), image::kOciIndex);
  const ScriptedServer server{[&](const ScriptedRequest& request) { return shelf.serve(request); }};
  for (const char* tag : {"entry", "subject"}) {
    const Artifact found = artifact(server, std::string{"art:"} + tag, "application/x.test");
    EXPECT_EQ(found.digest, digest_of_it) << tag;
    EXPECT_EQ(found.contents, std::vector<std::string>{"hello"}) << tag;
  }
  EXPECT_THROW(artifact(server, "art:none", "application/x.test"), Error);
}

TEST_F(PullsTest, AMirrorIsAskedFirstAndTheRegistryAfterIt) {
  Shelf full, empty;
  full.put_image("one", "1", {layer("a")});
  const ScriptedServer registry{[&](const ScriptedRequest& request) { return full.serve(request); }};
  const ScriptedServer mirror{[&](const ScriptedRequest& request) { return empty.serve(request); }};
  settings_.mirrors[registry.authority()] = {"http://" + mirror.authority()};
  EXPECT_TRUE(pull(registry, {"one:1"})[0].changed);
  EXPECT_GT(mirror.requests().size(), 0u);
  store_->remove(registry.authority() + "/one:1", true,
                 [](const std::string&) { return std::optional<image::Store::User>{}; });
  empty = full;
  const std::size_t before = registry.requests().size();
  pull(registry, {"one:1"});
  EXPECT_EQ(registry.requests().size(), before);
}

}  // namespace
}  // namespace stack::core
