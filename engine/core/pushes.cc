#include "engine/core/pushes.h"

#include <algorithm>

#include <boost/asio/use_awaitable.hpp>

#include "base/async/task_group.h"
#include "base/async/thread_pool.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "engine/core/file_feed.h"
#include "engine/image/image_store.h"
#include "engine/image/registry/registry_client.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMountsMax = 3;  // repositories that are asked for one blob

[[noreturn]] void push_cancelled() { throw Error(ErrorKind::unavailable, "the push was push_cancelled"); }

// Docker's words, which tell a repository from a tag.
Error not_here(const image::Store& store, const model::Reference& wanted) {
  const std::string repository = wanted.familiar_name();
  const std::vector<model::Image> all = store.list();
  const bool has_others = std::ranges::any_of(all, [&](const model::Image& each) {
    return std::ranges::any_of(each.references, [&](const std::string& reference) {
      return model::parse_reference(reference).familiar_name() == repository;
    });
  });
  return {ErrorKind::not_found, has_others ? "tag does not exist: " + wanted.familiar()
                                           : "An image does not exist locally with the tag: " + repository};
}

}  // namespace

struct Pushes::Operation {
  Operation(asio::io_context& where, const image::RegistrySettings& settings, PushRequest asked)
      : request(std::move(asked)),
        http(where, settings),
        registry(http, settings, request.reference.domain, std::nullopt, request.credentials) {
    registry.will_push();
  }
  PushRequest request;
  image::HttpClient http;
  image::RegistryClient registry;
  bool stopped = false;
  std::exception_ptr failed;

  void check() const {
    if (stopped || failed) push_cancelled();
  }
  void tell(PushProgress::Stage stage, const image::Descriptor& blob, std::uint64_t current = 0,
            std::string from = {}) const {
    if (!request.on_progress) return;
    request.on_progress(
        {.stage = stage, .layer = blob.digest, .from = std::move(from), .current = current, .total = blob.size});
  }
};

Pushes::Pushes(asio::io_context& loop, image::Store& store, const image::RegistrySettings& settings,
               async::ThreadPool& workers)
    : loop_(loop), store_(store), settings_(settings), workers_(workers), changed_(loop), slots_(settings.uploads) {}

Pushes::~Pushes() = default;

asio::awaitable<void> Pushes::stop() {
  for (Operation* operation : operations_) {
    operation->stopped = true;
    operation->http.close();
  }
  changed_.notify_all();
  while (!operations_.empty()) co_await changed_.wait();
}

asio::awaitable<Pushed> Pushes::push(PushRequest request, std::shared_ptr<async::CancellationToken> cancel) {
  image::Store& store = store_;
  const std::string name = request.reference.canonical();
  const auto image = store.find(name);
  if (!image) throw not_here(store, request.reference);
  Operation operation{loop_, settings_, std::move(request)};
  operations_.insert(&operation);
  const ScopeGuard leave{[&] {
    cancel->on_request({});
    operations_.erase(&operation);
    changed_.notify_all();
  }};
  cancel->on_request([this, &operation] {
    operation.stopped = true;
    operation.http.close();
    changed_.notify_all();
  });
  std::vector<std::string> pins = image::chain_ids(image->layers);
  pins.insert(pins.end(), {image->id, image->manifest});
  const image::Store::Pin pin{store, std::move(pins)};
  const auto made = std::make_shared<image::Portable>();
  auto prepare = [&store, made, of = *image] { *made = image::portable(store, of); };
  co_await workers_.run(std::move(prepare));
  operation.check();
  const model::Reference& reference = operation.request.reference;
  co_await operation.registry.open();
  auto body = [&](async::TaskGroup& blobs) -> asio::awaitable<void> {
    for (const image::Descriptor& layer : made->manifest.layers) {
      blobs.start(push_blob(operation, layer), [this, &operation](const std::exception_ptr& failed) {
        if (failed && !operation.failed) {
          operation.failed = failed;
          operation.http.close();
        }
        changed_.notify_all();
      });
    }
    co_return;
  };
  co_await async::with_tasks(loop_, "blobs", std::move(body));
  if (operation.failed) std::rethrow_exception(operation.failed);
  operation.check();
  const bool has_config = co_await operation.registry.has_blob(reference.repository, image->id);
  if (!has_config) co_await operation.registry.upload(reference.repository, image->id, made->config_text);
  Pushed pushed{.size = made->manifest_text.size()};
  pushed.digest = co_await operation.registry.put_manifest(reference.repository, reference.tag,
                                                           made->manifest.media_type, made->manifest_text);
  // From now on it is known by that digest there.
  model::Reference by_digest = reference;
  by_digest.tag.clear();
  by_digest.digest = pushed.digest;
  auto keep = [&store, made, by_digest] {
    store.commit(
        {.config = made->config_text, .manifest = made->manifest_text, .names = {}, .repo_digests = {by_digest}});
  };
  co_await workers_.run(std::move(keep));
  co_return pushed;
}

// True when another repository of the same registry, from which we know the blob, gave it.
asio::awaitable<bool> Pushes::mount(Operation& operation, const image::Descriptor& blob) {
  const model::Reference& to = operation.request.reference;
  std::set<std::string> repositories;
  for (const model::Image& image : store_.list()) {
    for (const std::string& name : image.repo_digests) {
      const model::Reference from = model::parse_reference(name);
      if (from.domain != to.domain || from.repository == to.repository) continue;
      for (const std::string& chain : image::chain_ids(image.layers)) {
        const auto layer = store_.layer(chain);
        if (layer && layer->blob == blob.digest) repositories.insert(from.repository);
      }
    }
  }
  std::size_t count = 0;
  for (const std::string& repository : repositories) {
    if (++count > kMountsMax) break;
    const bool mounted = co_await operation.registry.mount_blob(to.repository, blob.digest, repository);
    if (!mounted) continue;
    operation.tell(PushProgress::Stage::mounted, blob, blob.size, repository);
    co_return true;
  }
  co_return false;
}

asio::awaitable<void> Pushes::push_blob(Operation& operation, const image::Descriptor& blob) {
  operation.tell(PushProgress::Stage::preparing, blob);
  while (slots_ == 0) {
    co_await changed_.wait();
    operation.check();
  }
  --slots_;
  const ScopeGuard give_slot{[&] {
    ++slots_;
    changed_.notify_all();
  }};
  const std::string repository = operation.request.reference.repository;
  const bool there = co_await operation.registry.has_blob(repository, blob.digest);
  if (there) {
    operation.tell(PushProgress::Stage::exists, blob, blob.size);
    co_return;
  }
  const bool mounted = co_await mount(operation, blob);
  if (mounted) co_return;
  const auto file = std::make_shared<UniqueFd>(store_.open_blob(blob.digest));
  image::RegistryClient::Upload upload{.digest = blob.digest, .size = blob.size, .open = {}, .on_bytes = {}};
  upload.open = file_feed(workers_, file);
  upload.on_bytes = [&operation, &blob](std::uint64_t sent) {
    operation.tell(PushProgress::Stage::pushing, blob, sent);
  };
  co_await operation.registry.upload(repository, upload);
  operation.tell(PushProgress::Stage::pushed, blob, blob.size);
}

}  // namespace stack::core
