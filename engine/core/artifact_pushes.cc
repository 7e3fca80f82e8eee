#include "engine/core/artifact_pushes.h"

#include <algorithm>
#include <filesystem>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "base/async/thread_pool.h"
#include "base/file.h"
#include "base/scope_guard.h"
#include "engine/core/file_feed.h"
#include "engine/core/pulls.h"
#include "engine/core/worker_pipe.h"
#include "engine/image/digest.h"
#include "engine/image/image_config_json.h"
#include "engine/image/image_store.h"
#include "engine/image/manifest_json.h"
#include "engine/image/registry/registry_client.h"

namespace stack::core {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr const char* kEmpty = "{}";  // the configuration of what has none
constexpr std::size_t kPieceBytes = 256 << 10;

[[noreturn]] void publishing_cancelled() { throw Error(ErrorKind::unavailable, "publishing was publishing_cancelled"); }

// From a pipe to a file; returns the digest of what came.
std::string spool(BorrowedFd from, BorrowedFd to) {
  image::Sha256 sum;
  std::vector<char> piece(kPieceBytes);
  for (;;) {
    const ssize_t got = ::read(from.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::from_errno(errno, "reading what a registry sends");
    if (got == 0) return sum.digest();
    const std::string_view bytes{piece.data(), static_cast<std::size_t>(got)};
    sum.add(bytes);
    write_all(to, bytes);
  }
}

}  // namespace

struct ArtifactPushes::Operation {
  Operation(asio::io_context& loop, image::RegistrySettings common, ArtifactPush asked)
      : request(std::move(asked)),
        settings(std::move(common)),
        http(loop, settings),
        registry(http, settings, request.reference.domain, std::nullopt, credentials(request.reference.domain)) {
    registry.will_push();
  }
  [[nodiscard]] model::Credentials credentials(const std::string& domain) const {
    const auto known = request.credentials.find(domain);
    return known == request.credentials.end() ? model::Credentials{} : known->second;
  }
  void check() const {
    if (stopped) publishing_cancelled();
  }
  ArtifactPush request;
  image::RegistrySettings settings;
  image::HttpClient http;
  image::RegistryClient registry;
  bool stopped = false;
};

struct ArtifactPushes::Image {
  const model::Reference& reference;
  image::RegistryClient& registry;  // that it comes from
};

ArtifactPushes::ArtifactPushes(asio::io_context& loop, image::Store& store, const image::RegistrySettings& settings,
                               async::ThreadPool& workers, const Clock& clock)
    : loop_(loop), store_(store), settings_(settings), workers_(workers), clock_(clock), changed_(loop) {}

ArtifactPushes::~ArtifactPushes() = default;

asio::awaitable<void> ArtifactPushes::stop() {
  for (Operation* operation : operations_) {
    operation->stopped = true;
    operation->http.close();
  }
  while (!operations_.empty()) co_await changed_.wait();
}

asio::awaitable<ArtifactPushed> ArtifactPushes::push(ArtifactPush request,
                                                     std::shared_ptr<async::CancellationToken> cancel) {
  const std::string& version = request.oci_version;
  if (!version.empty() && version != "1.0" && version != "1.1") {
    throw Error(ErrorKind::invalid, "unsupported OCI version \"" + version + "\"").remedy("use 1.0 or 1.1");
  }
  if (request.reference.tag.empty()) throw Error(ErrorKind::invalid, "an artifact is published under a tag");
  std::size_t bytes = 0;
  for (const ArtifactPush::Part& part : request.parts) bytes += part.content.size();
  if (bytes > kArtifactBytesMax || request.parts.size() > kArtifactLayersMax) {
    throw Error(ErrorKind::invalid, "artifacts have at most " + std::to_string(kArtifactLayersMax) + " parts and " +
                                        std::to_string(kArtifactBytesMax) + " bytes");
  }
  image::RegistrySettings settings = settings_;
  if (request.insecure) settings.insecure.push_back(request.reference.domain);
  Operation operation{loop_, std::move(settings), std::move(request)};
  operations_.insert(&operation);
  const ScopeGuard leave{[&] {
    cancel->on_request({});
    operations_.erase(&operation);
    changed_.notify_all();
  }};
  cancel->on_request([&operation] {
    operation.stopped = true;
    operation.http.close();
  });
  if (cancel->requested()) publishing_cancelled();
  co_await operation.registry.open();
  co_await put_small(operation, kEmpty);
  for (const ArtifactPush::Part& part : operation.request.parts) co_await put_small(operation, part.content);
  image::Descriptor artifact;
  bool older = operation.request.oci_version == "1.0", again = false;
  try {
    artifact = co_await put_artifact(operation, older);
  } catch (const Error& error) {
    // A registry refuses a form that it does not know; a missing login or a broken line would not get better by another one.
    again = operation.request.oci_version.empty() && !operation.stopped && error.kind() == ErrorKind::internal;
    if (!again) throw;
    older = true;
  }
  if (again) artifact = co_await put_artifact(operation, older);
  ArtifactPushed pushed{.digest = artifact.digest, .index = {}};
  if (!operation.request.images.empty()) pushed.index = co_await put_index(operation, std::move(artifact));
  co_return pushed;
}

asio::awaitable<void> ArtifactPushes::put_small(Operation& operation, const std::string& content) {
  const std::string& repository = operation.request.reference.repository;
  const std::string digest = image::sha256_digest(content);
  const bool there = co_await operation.registry.has_blob(repository, digest);
  if (!there) co_await operation.registry.upload(repository, digest, content);
  operation.check();
}

asio::awaitable<image::Descriptor> ArtifactPushes::put_artifact(Operation& operation, bool older) {
  const ArtifactPush& request = operation.request;
  image::Manifest manifest{.media_type = image::kOciManifest, .artifact_type = older ? "" : request.type};
  manifest.config = {.media_type = older ? request.config_type : image::kOciEmpty,
                     .digest = image::sha256_digest(kEmpty),
                     .size = std::string_view{kEmpty}.size()};
  for (const ArtifactPush::Part& part : request.parts) {
    manifest.layers.push_back({.media_type = part.media_type,
                               .digest = image::sha256_digest(part.content),
                               .size = part.content.size(),
                               .annotations = part.annotations});
  }
  manifest.annotations["org.opencontainers.image.created"] = image::rfc3339(clock_.wall());
  const std::string text = image::write_manifest(manifest);
  image::Descriptor put{.media_type = manifest.media_type, .size = text.size(), .annotations = request.annotations};
  put.artifact_type = request.type;
  put.digest = co_await operation.registry.put_manifest(request.reference.repository, request.reference.tag,
                                                        manifest.media_type, text);
  co_return put;
}

asio::awaitable<std::string> ArtifactPushes::put_index(Operation& operation, image::Descriptor artifact) {
  const ArtifactPush& request = operation.request;
  image::Index index{.media_type = image::kOciIndex};
  for (const model::Reference& reference : request.images) {
    image::RegistryClient source{operation.http, operation.settings, reference.domain, std::nullopt,
                                 operation.credentials(reference.domain)};
    if (request.on_image) request.on_image(reference, false);
    const Image image{.reference = reference, .registry = source};
    const std::string wanted = reference.digest.empty() ? reference.tag : reference.digest;
    image::Descriptor copied = co_await copy(operation, image, wanted, 0);
    copied.annotations = {{"io.containerd.image.name", reference.canonical()}};
    index.manifests.push_back(std::move(copied));
    if (request.on_image) request.on_image(reference, true);
  }
  index.subject = std::move(artifact);
  index.annotations = request.annotations;
  const std::string text = image::write_index(index);
  co_return co_await operation.registry.put_manifest(request.reference.repository, image::sha256_digest(text),
                                                     index.media_type, text);
}

// A manifest or an index, after all that it leads to.
asio::awaitable<image::Descriptor> ArtifactPushes::copy(Operation& operation, const Image& image,
                                                        const std::string& wanted, int depth) {
  if (depth > image::kIndexDepthMax) {
    throw Error(ErrorKind::invalid, "the indexes of " + image.reference.familiar() + " lead in circles");
  }
  const image::RegistryClient::Fetched fetched = co_await image.registry.manifest(image.reference.repository, wanted);
  operation.check();
  const auto parsed = image::parse_manifest(fetched.text, fetched.media_type);
  image::Descriptor copied{.digest = fetched.digest, .size = fetched.text.size()};
  if (const auto* index = std::get_if<image::Index>(&parsed)) {
    copied.media_type = index->media_type;
    for (const image::Descriptor& entry : index->manifests) co_await copy(operation, image, entry.digest, depth + 1);
  } else {
    const auto& manifest = std::get<image::Manifest>(parsed);
    copied.media_type = manifest.media_type;
    co_await copy_blob(operation, image, manifest.config);
    for (const image::Descriptor& layer : manifest.layers) {
      if (image::layer_kind(layer.media_type) != image::LayerKind::foreign) co_await copy_blob(operation, image, layer);
    }
  }
  co_await operation.registry.put_manifest(operation.request.reference.repository, copied.digest, copied.media_type,
                                           fetched.text);
  co_return copied;
}

asio::awaitable<void> ArtifactPushes::copy_blob(Operation& operation, const Image& image,
                                                const image::Descriptor& blob) {
  operation.check();
  const model::Reference& to = operation.request.reference;
  const bool there = co_await operation.registry.has_blob(to.repository, blob.digest);
  if (there) co_return;
  if (image.reference.domain == to.domain) {
    const bool mounted = co_await operation.registry.mount_blob(to.repository, blob.digest, image.reference.repository);
    if (mounted) co_return;
  }
  const fs::path folder = store_.make_incoming();
  const ScopeGuard remove{[&] {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }};
  const fs::path path = folder / "blob";
  const auto file = std::make_shared<UniqueFd>(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!*file) throw Error::from_errno(errno, "making " + path.string());
  co_await fetch(image, blob, *file);
  operation.check();
  image::RegistryClient::Upload upload{.digest = blob.digest, .size = blob.size, .open = {}, .on_bytes = {}};
  upload.open = file_feed(workers_, file);
  co_await operation.registry.upload(to.repository, upload);
}

asio::awaitable<void> ArtifactPushes::fetch(const Image& image, const image::Descriptor& blob, BorrowedFd file) {
  // The worker may outlive this coroutine.
  const auto came = std::make_shared<std::string>();
  std::function<void(BorrowedFd)> read = [came, file](BorrowedFd from) { *came = spool(from, file); };
  std::function<asio::awaitable<void>(asio::posix::stream_descriptor&)> send =
      [&](asio::posix::stream_descriptor& to) -> asio::awaitable<void> {
    const std::function<void(std::uint64_t)> nobody_counts;
    co_await image.registry.blob(image.reference.repository, blob, to, nobody_counts);
  };
  co_await through_pipe(loop_, workers_, std::move(read), std::move(send));
  if (*came != blob.digest) {
    throw Error(ErrorKind::invalid, "the blob " + blob.digest + " came with the digest " + *came);
  }
}

}  // namespace stack::core
