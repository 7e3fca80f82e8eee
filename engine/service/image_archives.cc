#include <filesystem>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>

#include "base/log.h"
#include "base/scope_guard.h"
#include "base/thrown.h"
#include "engine/image/archive/save.h"
#include "engine/image/archive/tree_export.h"
#include "engine/service/images.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
constexpr int kPipeBytes = 1 << 20;

void pin(const model::Image& image, std::vector<std::string>& pins) {
  pins.insert(pins.end(), {image.id, image.manifest});
  for (const std::string& chain : image::chain_ids(image.layers)) pins.push_back(chain);
}

}  // namespace

void Images::save(std::vector<std::string> names, std::function<std::shared_ptr<api::ByteStream>()> open) {
  std::vector<image::Saved> images = image::select_images(store_, names);
  Archive archive{.doing = "saving images", .pins = {}, .write = {}};
  for (const image::Saved& saved : images) {
    publish("save", saved.image.id, saved.image.id);
    pin(saved.image, archive.pins);
  }
  archive.write = [this, list = std::move(images)](BorrowedFd to) { image::save_archive(store_, list, to); };
  send(std::move(archive), open());
}

void Images::export_image(const std::string& name, std::function<std::shared_ptr<api::ByteStream>()> open) {
  const auto image = store_.find(name);
  if (!image) throw Error(ErrorKind::not_found, "no such image: " + name);
  Archive archive{.doing = "exporting an image", .pins = {}, .write = {}};
  pin(*image, archive.pins);
  archive.write = [layers = store_.layer_folders(*image)](BorrowedFd to) { image::export_layers(layers, to); };
  publish("export", image->id, name);
  send(std::move(archive), open());
}

void Images::export_container(const std::string& name, std::function<std::shared_ptr<api::ByteStream>()> open) {
  const model::Container row = engine_.containers().get(name)->row();
  const auto image = store_.find(row.spec.image_id);
  if (!image) throw Error(ErrorKind::not_found, "the image of " + name + " does not exist any more");
  Archive archive{.doing = "exporting a container", .pins = {}, .write = {}};
  pin(*image, archive.pins);
  const core::Options& options = engine_.context().options;
  std::vector<std::string> layers = store_.layer_folders(*image);
  // One that never ran has nothing of its own.
  const std::filesystem::path own = options.writable_layer(row.id);
  if (std::filesystem::exists(own)) layers.insert(layers.begin(), own.string());
  layers.push_back(options.skeleton().string());
  archive.write = [layers = std::move(layers)](BorrowedFd to) { image::export_layers(layers, to); };
  send(std::move(archive), open());
}

void Images::send(Archive archive, std::shared_ptr<api::ByteStream> out) {
  const char* doing = archive.doing;
  tasks_.start(send_archive(std::move(archive), std::move(out)), [doing](const std::exception_ptr& thrown) {
    if (thrown && !async::is_cancellation(thrown)) log_error(std::string{doing} + ": " + error_of(thrown).message());
  });
}

// A worker writes the archive into a pipe; from there it goes to the client as fast as that takes it.
asio::awaitable<void> Images::send_archive(Archive archive, std::shared_ptr<api::ByteStream> out) {
  const ScopeGuard finish{[&] { out->finish(); }};
  const image::Store::Pin pin{store_, std::move(archive.pins)};
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
  asio::posix::stream_descriptor reading{engine_.context().loop, ends[0]};
  const auto writing = std::make_shared<UniqueFd>(ends[1]);
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
  const auto drained = std::make_shared<async::Event>(engine_.context().loop);
  auto work = [writing, write = std::move(archive.write)] {
    const UniqueFd to = std::move(*writing);
    write(to);
  };
  std::exception_ptr failed_writing;
  out->on_drained([drained] { drained->notify_all(); });
  out->on_gone([drained] { drained->notify_all(); });
  std::vector<char> piece(kPieceBytes);
  auto body = [&](async::TaskGroup& writer) -> asio::awaitable<void> {
    // A client that left: the worker finds nobody to write to.
    const ScopeGuard close{[&] { reading.close(); }};
    writer.start(workers_.run(std::move(work)), [&](const std::exception_ptr& thrown) { failed_writing = thrown; });
    while (!out->gone()) {
      const auto [failed, got] =
          co_await reading.async_read_some(asio::buffer(piece), asio::as_tuple(asio::use_awaitable));
      if (failed) break;
      out->write({piece.data(), got});
      while (!out->gone() && out->queued() > api::ByteStream::kQueuedMax) co_await drained->wait();
    }
  };
  co_await async::with_tasks(engine_.context().loop, "archive", std::move(body));
  if (failed_writing && !out->gone()) std::rethrow_exception(failed_writing);
}

}  // namespace stack::service
