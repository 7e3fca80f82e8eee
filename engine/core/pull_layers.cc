#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/async/task_group.h"
#include "base/async/thread_pool.h"
#include "base/scope_guard.h"
#include "engine/core/pull_operation.h"
#include "engine/core/worker_pipe.h"

namespace stack::core {

namespace asio = boost::asio;

asio::awaitable<void> Pulls::fetch_layers(Operation& operation, const Found& found) {
  std::vector<std::string> pins = image::chain_ids(found.image.layers);
  for (const image::Descriptor& layer : found.manifest.layers) pins.push_back(layer.digest);
  pins.push_back(found.manifest.config.digest);
  operation.pin.emplace(store_, std::move(pins));
  auto body = [&](async::TaskGroup& layers) -> asio::awaitable<void> {
    for (std::size_t i = 0; i < found.manifest.layers.size(); ++i) {
      layers.start(fetch_layer(operation, found, i), [this, &operation](const std::exception_ptr& failed) {
        if (failed && !operation.failed) {
          operation.failed = failed;
          operation.http->close();
        }
        changed_.notify_all();
      });
    }
    co_return;
  };
  co_await async::with_tasks(loop_, "layers", std::move(body));
  if (operation.failed) std::rethrow_exception(operation.failed);
  operation.check();
}

asio::awaitable<void> Pulls::take_slot(Operation& operation) {
  while (slots_ == 0) {
    co_await changed_.wait();
    operation.check();
    if (operation.failed) cancelled_pull();
  }
  --slots_;
}

asio::awaitable<void> Pulls::fetch_layer(Operation& operation, const Found& found, std::size_t index) {
  const std::vector<std::string>& diffs = found.image.layers;
  const std::vector<std::string> chains =
      image::chain_ids({diffs.begin(), diffs.begin() + static_cast<std::ptrdiff_t>(index) + 1});
  const image::Descriptor& layer = found.manifest.layers[index];
  operation.tell(PullProgress::Stage::waiting, layer);
  // Somebody else is at it: if that fails, it is ours to try.
  while (in_flight_.contains(chains.back())) {
    co_await changed_.wait();
    operation.check();
    if (operation.failed) cancelled_pull();
  }
  if (store_.has_layer(chains.back())) {
    operation.tell(PullProgress::Stage::exists, layer, layer.size);
    co_return;
  }
  in_flight_.insert(chains.back());
  const ScopeGuard over{[&] {
    in_flight_.erase(chains.back());
    changed_.notify_all();
  }};
  co_await download(operation, found, index);
  operation.tell(PullProgress::Stage::complete, layer, layer.size);
}

asio::awaitable<void> Pulls::download(Operation& operation, const Found& found, std::size_t index) {
  const image::Descriptor& layer = found.manifest.layers[index];
  image::Store& store = store_;
  // The worker may outlive this coroutine.
  const auto layer_staged = std::make_shared<std::optional<image::Store::Staged>>();
  co_await take_slot(operation);
  {
    const ScopeGuard give_slot{[&] {
      ++slots_;
      changed_.notify_all();
    }};
    std::function<void(BorrowedFd)> read = [layer_staged, &store, limits = settings_.limits](BorrowedFd from) {
      layer_staged->emplace(store.stage(from, limits));
    };
    const std::function<void(std::uint64_t)> on_bytes = [&](std::uint64_t bytes) {
      operation.tell(PullProgress::Stage::downloading, layer, bytes);
    };
    std::function<asio::awaitable<void>(asio::posix::stream_descriptor&)> send =
        [&](asio::posix::stream_descriptor& to) {
          return operation.registry->blob(operation.request.reference.repository, layer, to, on_bytes);
        };
    co_await through_pipe(loop_, workers_, std::move(read), std::move(send));
  }
  operation.check();
  const image::Store::Staged& staged = **layer_staged;
  if (staged.source_digest != layer.digest || staged.source_bytes != layer.size) {
    throw Error(ErrorKind::invalid, "the layer " + layer.digest + " came with the digest " + staged.source_digest);
  }
  if (staged.diff_id != found.image.layers[index]) {
    throw Error(ErrorKind::invalid, "the layer " + layer.digest + " unpacks to " + staged.diff_id +
                                        ", the image's configuration says " + found.image.layers[index]);
  }
  std::vector<std::string> below{found.image.layers.begin(),
                                 found.image.layers.begin() + static_cast<std::ptrdiff_t>(index)};
  const std::string parent = below.empty() ? "" : image::chain_ids(below).back();
  while (!parent.empty() && !store.has_layer(parent)) {
    co_await changed_.wait();
    operation.check();
    if (operation.failed) cancelled_pull();
  }
  auto place = [layer_staged, &store, below] {
    store.place(std::move(**layer_staged), below);
    layer_staged->reset();
  };
  co_await workers_.run(std::move(place));
}

}  // namespace stack::core
