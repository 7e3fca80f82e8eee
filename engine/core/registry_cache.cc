#include "engine/core/registry_cache.h"

#include "base/async/thread_pool.h"
#include "engine/core/file_feed.h"
#include "engine/core/worker_pipe.h"
#include "engine/image/digest.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

model::Credentials credentials_for(const model::CredentialsByRegistry& all, const std::string& domain) {
  const auto known = all.find(domain);
  return known == all.end() ? model::Credentials{} : known->second;
}

}  // namespace

RegistryCache::RegistryCache(asio::io_context& loop, const image::RegistrySettings& settings, image::Store& images,
                             async::ThreadPool& workers, model::Reference reference,
                             const model::CredentialsByRegistry& credentials, bool write)
    : loop_(loop),
      settings_(settings),
      images_(images),
      workers_(workers),
      reference_(std::move(reference)),
      http_(loop, settings),
      registry_(http_, settings, reference_.domain, std::nullopt, credentials_for(credentials, reference_.domain)) {
  if (write) registry_.will_push();
}

asio::awaitable<build::CachePlace::Document> RegistryCache::manifest(std::string digest) {
  std::string wanted = std::move(digest);
  if (wanted.empty()) wanted = reference_.digest.empty() ? reference_.tag : reference_.digest;
  auto fetched = co_await registry_.manifest(reference_.repository, wanted);
  co_return Document{std::move(fetched.text), std::move(fetched.media_type)};
}

asio::awaitable<std::string> RegistryCache::blob(image::Descriptor wanted, std::size_t bytes_max) {
  co_return co_await registry_.blob(reference_.repository, wanted, bytes_max);
}

asio::awaitable<std::shared_ptr<image::Store::Staged>> RegistryCache::layer(image::Descriptor wanted) {
  // The worker may outlive this coroutine.
  const auto came = std::make_shared<std::shared_ptr<image::Store::Staged>>();
  std::function<void(BorrowedFd)> read = [came, &images = images_, limits = settings_.limits](BorrowedFd from) {
    *came = std::make_shared<image::Store::Staged>(images.stage(from, limits));
  };
  std::function<asio::awaitable<void>(asio::posix::stream_descriptor&)> send =
      [&](asio::posix::stream_descriptor& to) -> asio::awaitable<void> {
    const std::function<void(std::uint64_t)> nobody_counts;
    co_await registry_.blob(reference_.repository, wanted, to, nobody_counts);
  };
  co_await through_pipe(loop_, workers_, std::move(read), std::move(send));
  build::check_layer(wanted, **came);
  co_return *came;
}

asio::awaitable<void> RegistryCache::put_layer(image::Descriptor blob) {
  const bool there = co_await registry_.has_blob(reference_.repository, blob.digest);
  if (there) co_return;
  const auto file = std::make_shared<UniqueFd>(images_.open_blob(blob.digest));
  image::RegistryClient::Upload upload{.digest = blob.digest, .size = blob.size, .open = {}, .on_bytes = {}};
  upload.open = file_feed(workers_, file);
  co_await registry_.upload(reference_.repository, upload);
}

asio::awaitable<void> RegistryCache::put_blob(std::string content) {
  const std::string digest = image::sha256_digest(content);
  const bool there = co_await registry_.has_blob(reference_.repository, digest);
  if (!there) co_await registry_.upload(reference_.repository, digest, content);
}

asio::awaitable<void> RegistryCache::put_manifest(std::string media_type, std::string text) {
  co_await registry_.put_manifest(reference_.repository, reference_.tag, media_type, text);
}

}  // namespace stack::core
