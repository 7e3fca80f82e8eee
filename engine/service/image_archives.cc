#include <filesystem>

#include "base/log.h"
#include "base/thrown.h"
#include "engine/image/archive/save.h"
#include "engine/image/archive/tree_export.h"
#include "engine/service/archive_stream.h"
#include "engine/service/images.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

void pin(const model::Image& image, std::vector<std::string>& pins) {
  pins.insert(pins.end(), {image.id, image.manifest});
  for (const std::string& chain : image::chain_ids(image.layers)) pins.push_back(chain);
}

}  // namespace

void Images::save(std::vector<std::string> names, std::function<std::shared_ptr<api::ByteStream>()> open) {
  // By itself: of two arguments the stream might be opened before a name is found missing.
  std::vector<image::Saved> images = image::select_images(store_, names);
  save_all(std::move(images), open());
}

void Images::save_image(const std::string& id, const std::vector<std::string>& names,
                        std::function<std::shared_ptr<api::ByteStream>()> open) {
  const auto image = store_.find(id);
  if (!image) throw Error(ErrorKind::not_found, "no such image: " + id);
  image::Saved saved{.image = *image, .names = {}};
  for (const std::string& name : names) saved.names.push_back(model::parse_reference(name));
  save_all({std::move(saved)}, open());
}

void Images::save_all(std::vector<image::Saved> images, std::shared_ptr<api::ByteStream> out) {
  Archive archive{.doing = "saving images", .pins = {}, .write = {}};
  for (const image::Saved& saved : images) {
    tell("save", saved.image, saved.image.id);
    pin(saved.image, archive.pins);
  }
  archive.write = [this, list = std::move(images)](BorrowedFd to) { image::save_archive(store_, list, to); };
  send(std::move(archive), std::move(out));
}

void Images::export_image(const std::string& name, std::function<std::shared_ptr<api::ByteStream>()> open) {
  const auto image = store_.find(name);
  if (!image) throw Error(ErrorKind::not_found, "no such image: " + name);
  Archive archive{.doing = "exporting an image", .pins = {}, .write = {}};
  pin(*image, archive.pins);
  archive.write = [layers = store_.layer_folders(*image)](BorrowedFd to) { image::export_layers(layers, to); };
  tell("export", *image, name);
  send(std::move(archive), open());
}

void Images::export_container(const std::string& name, std::function<std::shared_ptr<api::ByteStream>()> open) {
  const auto container = engine_.containers().get(name);
  const model::Container& row = container->row();
  const auto image = store_.find_used(row.spec.image_id);
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
  container->announce("export");
  send(std::move(archive), open());
}

void Images::send(Archive archive, std::shared_ptr<api::ByteStream> out) {
  const char* doing = archive.doing;
  tasks_.start(send_archive(std::move(archive), std::move(out)), [doing](const std::exception_ptr& thrown) {
    if (thrown && !async::is_cancellation(thrown)) log_error(std::string{doing} + ": " + error_of(thrown).message());
  });
}

asio::awaitable<void> Images::send_archive(Archive archive, std::shared_ptr<api::ByteStream> out) {
  const image::Store::Pin pin{store_, std::move(archive.pins)};
  co_await stream_archive(engine_.context().loop, workers_, std::move(archive.write), std::move(out));
}

}  // namespace stack::service
