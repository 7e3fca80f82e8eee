#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>

#include "engine/base/log.h"
#include "engine/base/scope_guard.h"
#include "engine/daemon/images_runner.h"
#include "engine/image/archive/save.h"

namespace stack::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
constexpr int kPipeBytes = 1 << 20;

}  // namespace

void Images::save(std::vector<std::string> names, std::function<std::shared_ptr<api::ByteStream>()> open) {
  std::vector<image::Saved> images = image::select_images(store_, names);
  for (const image::Saved& saved : images) publish("save", saved.image.id, saved.image.id);
  ++archives_;
  asio::co_spawn(engine_.context().loop, send_archive(std::move(images), open()),
                 [this](const std::exception_ptr& thrown) {
                   --archives_;
                   archive_over_.open_all();
                   if (!thrown) return;
                   try {
                     std::rethrow_exception(thrown);
                   } catch (const std::exception& error) {
                     log_error(std::string{"saving images: "} + error.what());
                   }
                 });
}

// A worker writes the archive into a pipe; from there it goes to the client as fast as that takes it.
asio::awaitable<void> Images::send_archive(std::vector<image::Saved> images, std::shared_ptr<api::ByteStream> out) {
  const ScopeGuard finish{[&] { out->finish(); }};
  std::vector<std::string> pins;
  for (const image::Saved& saved : images) {
    pins.insert(pins.end(), {saved.image.id, saved.image.manifest});
    for (const std::string& chain : image::chain_ids(saved.image.layers)) pins.push_back(chain);
  }
  const image::Store::Pin pin{store_, std::move(pins)};
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
  asio::posix::stream_descriptor reading{engine_.context().loop, ends[0]};
  const auto writing = std::make_shared<UniqueFd>(ends[1]);
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
  struct Result {
    std::exception_ptr failed;
    bool over = false;
  };
  const auto result = std::make_shared<Result>();
  const auto drained = std::make_shared<core::Gate>(engine_.context().loop);
  auto work = [this, writing, list = std::move(images)] {
    const UniqueFd to = std::move(*writing);
    image::save_archive(store_, list, to);
    return true;
  };
  asio::co_spawn(engine_.context().loop, workers_.run(std::move(work)),
                 [result, drained](const std::exception_ptr& failed, bool) {
                   result->failed = failed;
                   result->over = true;
                   drained->open_all();
                 });
  out->on_drained([drained] { drained->open_all(); });
  out->on_gone([drained] { drained->open_all(); });
  std::vector<char> piece(kPieceBytes);
  while (!out->gone()) {
    const auto [failed, got] =
        co_await reading.async_read_some(asio::buffer(piece), asio::as_tuple(asio::use_awaitable));
    if (failed) break;
    out->write({piece.data(), got});
    while (!out->gone() && out->queued() > api::ByteStream::kQueuedMax) co_await drained->wait();
  }
  reading.close();  // a client that left: the worker finds nobody to write to
  while (!result->over) co_await drained->wait();
  if (result->failed && !out->gone()) std::rethrow_exception(result->failed);
}

}  // namespace stack::daemon
