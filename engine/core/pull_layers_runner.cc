#include <array>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>

#include "engine/base/scope_guard.h"
#include "engine/core/pull_operation_runner.h"
#include "engine/core/worker_runner.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

constexpr int kPipeBytes = 1 << 20;

}  // namespace

asio::awaitable<void> Pulls::fetch_layers(Operation& operation, const Found& found) {
  std::vector<std::string> pins = image::chain_ids(found.image.layers);
  for (const image::Descriptor& layer : found.manifest.layers) pins.push_back(layer.digest);
  pins.push_back(found.manifest.config.digest);
  operation.pin.emplace(store_, std::move(pins));
  for (std::size_t i = 0; i < found.manifest.layers.size(); ++i) {
    ++operation.running;
    asio::co_spawn(loop_, fetch_layer(operation, found, i), [this, &operation](const std::exception_ptr& failed) {
      --operation.running;
      if (failed && !operation.failed) {
        operation.failed = failed;
        operation.http->close();
      }
      changed_.open_all();
    });
  }
  while (operation.running > 0) co_await changed_.wait();
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
    changed_.open_all();
  }};
  co_await download(operation, found, index);
  operation.tell(PullProgress::Stage::complete, layer, layer.size);
}

asio::awaitable<void> Pulls::download(Operation& operation, const Found& found, std::size_t index) {
  const image::Descriptor& layer = found.manifest.layers[index];
  image::Store& store = store_;
  struct Result {
    std::optional<image::Store::Staged> staged;
    std::exception_ptr failed;
    bool over = false;
  };
  const auto result = std::make_shared<Result>();
  co_await take_slot(operation);
  {
    const ScopeGuard give_slot{[&] {
      ++slots_;
      changed_.open_all();
    }};
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
    const auto reading = std::make_shared<UniqueFd>(ends[0]);
    std::optional<asio::posix::stream_descriptor> writing{std::in_place, loop_, ends[1]};
    writing->non_blocking(true);
    ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
    auto work = [result, reading, &store, limits = settings_.limits] {
      const UniqueFd source = std::move(*reading);  // closed when done: the sender notices
      result->staged.emplace(store.stage(source, limits));
      return true;
    };
    asio::co_spawn(loop_, workers_.run(std::move(work)), [this, result](const std::exception_ptr& failed, bool) {
      result->failed = failed;
      result->over = true;
      changed_.open_all();
    });
    std::exception_ptr failed;
    try {
      const std::function<void(std::uint64_t)> on_bytes = [&](std::uint64_t bytes) {
        operation.tell(PullProgress::Stage::downloading, layer, bytes);
      };
      co_await operation.registry->blob(operation.request.reference.repository, layer, *writing, on_bytes);
    } catch (const std::exception&) {
      failed = std::current_exception();
    }
    const bool whole = !failed;
    writing.reset();
    while (!result->over) co_await changed_.wait();
    // A reader that gave up knows better why than the sender whom it left; a sender that failed made the reader fail.
    bool reader_first = false;
    if (failed && result->failed) {
      try {
        std::rethrow_exception(failed);
      } catch (const Error& error) {
        reader_first = error.kind() == ErrorKind::internal;
      } catch (const std::exception&) {
        reader_first = false;
      }
    }
    if (failed && !reader_first) std::rethrow_exception(failed);
    if (result->failed) std::rethrow_exception(result->failed);
    if (!whole) std::rethrow_exception(failed);
  }
  operation.check();
  const image::Store::Staged& staged = *result->staged;
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
  auto place = [result, &store, below] {
    store.place(std::move(*result->staged), below);
    result->staged.reset();
    return true;
  };
  co_await workers_.run(std::move(place));
}

}  // namespace stack::core
