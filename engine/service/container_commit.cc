// ContainerFileService: images of containers. What a container has changed becomes one layer more.
#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/model/effective_config.h"
#include "base/scope_guard.h"
#include "base/thrown.h"
#include "engine/build/image_document.h"
#include "engine/image/change.h"
#include "engine/image/layer_capture.h"
#include "engine/image/manifest_json.h"
#include "engine/image/portable.h"
#include "engine/service/answered.h"
#include "engine/service/container_file_service.h"
#include "engine/service/container_names.h"
#include "engine/service/engine_events.h"

namespace stack::service {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

// The changes of a container as the archive of a layer, in a folder of the store's that goes with this.
struct CapturedLayer {
  fs::path folder;
  UniqueFd file;
  image::Captured captured;

  explicit CapturedLayer(fs::path place) : folder(std::move(place)) {}
  CapturedLayer(const CapturedLayer&) = delete;
  CapturedLayer& operator=(const CapturedLayer&) = delete;
  ~CapturedLayer() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  [[nodiscard]] fs::path path() const { return folder / "layer.tar"; }
};

// One that has never run need not have changed anything.
void capture(const fs::path& upper, bool has_run, CapturedLayer& layer) {
  const UniqueFd folder{::open(upper.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder && errno == ENOENT && !has_run) return;
  if (!folder) throw Error::from_errno(errno, "opening " + upper.string());
  layer.file.reset(::open(layer.path().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!layer.file) throw Error::from_errno(errno, "making " + layer.path().string());
  layer.captured = image::capture_layer(folder, layer.file);
  if (::lseek(layer.file.get(), 0, SEEK_SET) != 0) throw Error::from_errno(errno, "reading " + layer.path().string());
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) (text += text.empty() ? "" : " ") += word;
  return text;
}

// What is known before anything is done: a mistake of the request costs nothing.
model::ImageConfig wanted_config(const model::Container& row, const model::Image& base,
                                 const api::CommitRequest& request) {
  const model::ImageConfig own = model::config_of(row, base.config);
  model::ImageConfig config = request.config.value_or(own);
  image::ConfigChanges changes{config};
  for (const std::string& change : request.changes) changes.apply(change);
  return model::merged_config(std::move(config), own);
}

// The layer gets its place on top of the base's; what no image leads to yet is pinned by the caller.
image::Store::NewImage with_layer(image::Store& store, const model::Image& base, model::Image& made,
                                  std::optional<image::Store::Staged> staged, image::HistoryStep step) {
  made.layers = base.layers;
  std::vector<image::HistoryStep> history;
  if (const auto config = store.read_blob(base.id, image::kConfigBytesMax)) history = image::read_history(*config);
  step.empty_layer = !staged.has_value();
  history.push_back(std::move(step));
  if (staged) {
    made.layers.push_back(staged->diff_id);
    store.place(std::move(*staged), base.layers);
  }
  image::Store::NewImage result;
  result.config = build::write_image_document(made, history);
  result.manifest = image::write_manifest(image::make_manifest(store, result.config, made.layers));
  return result;
}

}  // namespace

void ContainerFileService::commit(api::CommitRequest request, api::Answer<std::string> answer) {
  Container container = container_named(engine_, request.container);
  tasks_.start(make_image(std::move(container), std::make_shared<api::CommitRequest>(std::move(request))),
               answered(std::move(answer)));
}

asio::awaitable<std::string> ContainerFileService::make_image(Container container,
                                                              std::shared_ptr<api::CommitRequest> request) {
  const model::Container row = container->row();
  const model::Image base = image_of(row);
  model::Image made = base;
  made.config = wanted_config(row, base, *request);
  made.config.args_escaped = false;
  made.author = request->author;
  made.comment = request->comment;
  std::vector<model::Reference> names;
  if (!request->reference.empty()) names.push_back(model::parse_reference(request->reference));
  const image::Store::Pin keep{store_, image::chain_ids(base.layers)};
  const auto access = co_await container->access(false);

  auto prepare = [this] { return std::make_unique<CapturedLayer>(store_.make_incoming()); };
  const auto layer = co_await workers().run(std::move(prepare));
  std::function<void()> read = [upper = engine_.context().options.writable_layer(row.id),
                                has_run = row.state.started.has_value(), &layer] { capture(upper, has_run, *layer); };
  co_await read_paused(container, request->pause && access.pid != 0, std::move(read));

  made.created = engine_.context().time.wall();
  // As dockerd says it: what the container ran, whatever the changes make of it.
  const std::string created_by = joined(config_of(row, base.config).command);
  auto store = [this, &made, &base, &layer, &names, &request, &created_by] {
    const image::HistoryStep step{
        .created = made.created, .created_by = created_by, .comment = request->comment, .author = request->author};
    std::optional<image::Store::Staged> staged;
    std::vector<std::string> pinned;
    if (layer->captured.entries > 0) {
      staged.emplace(store_.stage(layer->file, limits_, layer->path()));
      std::vector<std::string> diffs = base.layers;
      diffs.push_back(staged->diff_id);
      pinned = {staged->blob_digest, image::chain_ids(diffs).back()};
    }
    const image::Store::Pin pin{store_, std::move(pinned)};
    image::Store::NewImage result = with_layer(store_, base, made, std::move(staged), step);
    result.names = names;
    result.parent = base.id;
    return store_.commit(result);
  };
  const model::Image image = co_await workers().run(std::move(store));
  const std::string name = names.empty() ? "" : names.front().familiar();
  tell_image(engine_.context(), {"create", image.id, image.id, image.config.labels});
  if (!name.empty()) tell_image(engine_.context(), {"tag", image.id, name, image.config.labels});
  container->announce("commit", {{"comment", request->comment}, {"imageID", image.id}, {"imageRef", name}});
  co_return image.id;
}

// Also when the reading fails or is cancelled, the container runs on.
asio::awaitable<void> ContainerFileService::read_paused(Container container, bool pause, std::function<void()> read) {
  if (pause && container->phase() == core::Phase::running) {
    co_await container->pause(true);
  } else {
    pause = false;
  }
  ScopeGuard resume{[&] {
    if (pause) engine_.context().tasks.start(unpause(container));
  }};
  co_await workers().run(std::move(read));
  resume.dismiss();
  if (pause) co_await unpause(container);
}

asio::awaitable<void> ContainerFileService::unpause(Container container) {
  try {
    co_await container->unpause();
  } catch (const Error& error) {
    // It was killed, or somebody else has let it continue.
    if (error.kind() != ErrorKind::conflict) throw;
  }
}

}  // namespace stack::service
