#include "engine/service/images.h"

#include <algorithm>

#include "base/folder_size.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/core/claims.h"
#include "engine/core/event_bus.h"
#include "engine/core/state_writer.h"
#include "engine/image/archive/load.h"
#include "engine/image/manifest.h"
#include "engine/image/programs.h"
#include "engine/image/registry/registry_client.h"
#include "engine/service/answered.h"
#include "engine/service/engine_events.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kLeaving{1};  // until a removed container has let go of its image
constexpr std::size_t kOtherWork = 2;        // threads beside those that downloads and uploads take

bool has_label(const model::Labels& labels, const std::string& wanted) {
  const std::size_t equals = wanted.find('=');
  const auto found = labels.find(wanted.substr(0, equals));
  return found != labels.end() && (equals == std::string::npos || found->second == wanted.substr(equals + 1));
}

bool passes(const model::Image& image, const api::ImageFilter& filter) {
  if (!filter.all && !image.references.empty()) return false;
  if (filter.until && image.created >= *filter.until) return false;
  const model::Labels& labels = image.config.labels;
  return std::all_of(filter.labels.begin(), filter.labels.end(), [&](const auto& l) { return has_label(labels, l); }) &&
         std::none_of(filter.not_labels.begin(), filter.not_labels.end(),
                      [&](const auto& l) { return has_label(labels, l); });
}

api::ImageRemoval answer_of(const image::Removal& removal) {
  return {.untagged = removal.untagged, .deleted = removal.deleted, .freed_bytes = removal.freed_bytes};
}

// Each name that went, then each image; `image` is the one that was named.
void note_removal(const image::Removal& removal, const model::Image& image, std::vector<ImageEvent>& events) {
  for (std::size_t i = 0; i < removal.untagged.size(); ++i)
    events.push_back({"untag", image.id, image.id, image.config.labels});
  for (const std::string& id : removal.deleted)
    events.push_back({"delete", id, id, {}});  // its labels are gone with it
}

}  // namespace

Images::Images(core::Engine& engine, const image::RegistrySettings& settings)
    : engine_(engine),
      store_(engine.context().images),
      settings_(settings),
      workers_(static_cast<std::size_t>(settings.downloads + settings.uploads) + kOtherWork),
      pulls_(engine.context().loop, store_, settings, workers_),
      pushes_(engine.context().loop, store_, settings, workers_),
      artifact_pushes_(engine.context().loop, store_, settings, workers_, engine.context().time),
      tasks_(engine.context().loop, "images"),
      heard_(engine.context().events.subscribe([this](const model::Event& event) {
        if (event.type != "container" || event.action != "destroy") return;
        dropping_ = engine_.context().time.after(kLeaving, [this] { drop_taken(); });
      })) {
  sweep_fetched();
}

asio::awaitable<void> Images::stop() {
  heard_ = {};
  dropping_.reset();
  co_await pulls_.stop();
  co_await pushes_.stop();
  co_await artifact_pushes_.stop();
  tasks_.cancel();
  co_await tasks_.join();
}

template <class T, class Work, class Then>
void Images::run(const char* doing, Work work, api::Answer<T> answer, Then then) {
  tasks_.start(workers_.run(std::move(work)),
               [doing, answer = std::move(answer), then = std::move(then)](const std::exception_ptr& thrown, T result) {
                 try {
                   if (thrown) std::rethrow_exception(thrown);
                   then(result);
                 } catch (Error& error) {
                   return answer(*doing == 0 ? error : error.context(doing));
                 } catch (const std::exception& error) {
                   return answer(Error((*doing == 0 ? "" : std::string{doing} + ": ") + error.what()));
                 }
                 answer(std::move(result));
               });
}

void Images::tell(const char* action, const model::Image& image, const std::string& name) {
  tell_image(engine_.context(), {.action = action, .id = image.id, .name = name, .labels = image.config.labels});
}

void Images::import(UniqueFd archive, api::ImportOptions options, api::Answer<model::Image> answer) {
  const auto source = std::make_shared<UniqueFd>(std::move(archive));
  const auto request = std::make_shared<image::ImportRequest>(
      image::ImportRequest{.reference = options.reference, .changes = options.changes, .message = options.message});
  if (!options.platform.empty()) request->platform = image::parse_platform(options.platform);
  run<model::Image>(
      "importing the image",
      [this, source, request] {
        const UniqueFd reading = std::move(*source);  // closed when done: the sender notices
        return store_.import(reading, *request, settings_.limits);
      },
      std::move(answer),
      [this](const model::Image& image) {
        if (!image.references.empty()) tell("tag", image, image.references.front());
        tell("import", image, image.id);
      });
}

void Images::load(UniqueFd archive, std::string platform, api::Answer<std::vector<std::string>> answer) {
  const auto source = std::make_shared<UniqueFd>(std::move(archive));
  const image::Platform wanted = platform.empty() ? image::host_platform() : image::parse_platform(platform);
  const auto ids = std::make_shared<std::vector<image::Loaded>>();
  run<std::vector<std::string>>(
      "loading images",
      [this, source, wanted, ids] {
        const UniqueFd reading = std::move(*source);  // closed when done: the sender notices
        *ids = image::load_archive(store_, reading, wanted, settings_.limits);
        std::vector<std::string> lines;
        for (const image::Loaded& loaded : *ids) {
          for (const std::string& name : loaded.names) lines.push_back("Loaded image: " + name);
          if (loaded.names.empty()) lines.push_back("Loaded image ID: " + loaded.id);
        }
        return lines;
      },
      std::move(answer),
      [this, ids](const std::vector<std::string>&) {
        for (const image::Loaded& loaded : *ids) {
          if (const auto image = store_.find(loaded.id)) tell("load", *image, image->id);
        }
      });
}

std::vector<model::Image> Images::images() { return store_.list(); }

std::map<std::string, int> Images::containers_by_image() {
  std::map<std::string, int> found;
  for (const auto& [id, container] : engine_.containers().by_id()) ++found[container->row().spec.image_id];
  return found;
}

bool Images::has_program(const std::string& name, const std::string& program) {
  const auto image = store_.find(name);
  if (!image) throw Error(ErrorKind::not_found, "no such image: " + name);
  if (program.empty()) throw Error(ErrorKind::invalid, "no program given");
  return image::has_program(store_.layer_folders(*image), image->config.env, program);
}

api::ImageDetails Images::inspect(const std::string& name, const std::string& platform) {
  const auto image = store_.find(name);
  if (!image) throw Error(ErrorKind::not_found, "no such image: " + name);
  const image::Platform made_for{image->os, image->architecture, image->variant};
  if (!platform.empty() && !image::distance(image::parse_platform(platform), made_for)) {
    throw Error(ErrorKind::not_found, "the image " + name + " is for " + made_for.text() + ", not for " + platform)
        .remedy("stack image pull --platform " + platform + " " + name);
  }
  api::ImageDetails details{.image = *image, .layers = store_.layer_folders(*image)};
  const auto config = store_.read_blob(image->id, image::kConfigBytesMax);
  const std::vector<std::string> chains = image::chain_ids(image->layers);
  std::size_t next = 0;
  for (const image::HistoryStep& step : image::read_history(config.value_or("{}"))) {
    api::ImageStep& line = details.history.emplace_back();
    line.created = step.created;
    line.created_by = step.created_by;
    line.comment = step.comment;
    if (step.empty_layer || next == chains.size()) continue;
    if (const auto layer = store_.layer(chains[next++])) line.size_bytes = layer->bytes;
  }
  std::reverse(details.history.begin(), details.history.end());
  for (const auto& [id, container] : engine_.containers().by_id()) {
    if (container->row().spec.image_id == image->id) details.containers.push_back(id);
  }
  return details;
}

void Images::tag(std::string name, std::string new_name, api::Answer<model::Image> answer) {
  run<model::Image>(
      "", [this, name = std::move(name), new_name] { return store_.tag(name, new_name); }, std::move(answer),
      [this, new_name](const model::Image& image) { tell("tag", image, model::parse_reference(new_name).familiar()); });
}

image::Store::InUse Images::in_use() const {
  // By image, who stands for all its containers: one that runs, if any does.
  std::map<std::string, image::Store::User> users;
  const auto note = [&](const std::string& image, const model::Container& row) {
    const bool runs = model::is_alive(row.state);
    image::Store::User& user = users[image];
    if (user.container.empty() || (runs && !user.keeps))
      user = {.container = std::string{short_id(row.id)}, .name = row.spec.name, .keeps = runs};
  };
  for (const auto& [id, container] : engine_.containers().by_id()) {
    const model::Container& row = container->row();
    note(row.spec.image_id, row);
    for (const model::Mount& mount : row.spec.mounts) {
      if (mount.kind == model::MountKind::image) note(mount.image_id, row);
    }
  }
  return [this, users = std::move(users)](const std::string& id) -> std::optional<image::Store::User> {
    if (const auto found = users.find(id); found != users.end()) return found->second;
    const core::Claims& claims = engine_.context().claims;
    const std::vector<std::string> names = claims.names(core::Claims::Kind::image);
    const auto used = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      if (name == id) return true;
      if (name.starts_with("sha256:")) return false;
      try {
        const auto image = store_.find(name);
        return image && image->id == id;
      } catch (const Error&) {
        return false;  // no reference: the operation that names it fails
      }
    });
    if (used == names.end()) return std::nullopt;
    // What ends between the two looks has used it until now.
    const std::string holder = claims.holder_of(core::Claims::Kind::image, *used).value_or("a container");
    return image::Store::User{.container = {}, .name = holder, .keeps = true};
  };
}

void Images::drop_taken() {
  if (!store_.has_taken()) return;
  run<bool>(
      "", [this, users = in_use()] { return store_.drop_taken(users) > 0; },
      [](const std::variant<bool, Error>& answer) {
        if (const auto* error = std::get_if<Error>(&answer)) log_warning("image store: " + error->message());
      },
      [this](bool freed) {
        if (freed) engine_.context().state.retry();
      });
}

void Images::remove(std::vector<std::string> names, bool force, api::Answer<api::ImageRemoval> answer) {
  const auto events = std::make_shared<std::vector<ImageEvent>>();
  run<api::ImageRemoval>(
      "",
      [this, names = std::move(names), force, events, users = in_use()] {
        api::ImageRemoval all;
        for (const std::string& name : names) {
          try {
            const auto image = store_.find(name);
            const image::Removal one = store_.remove(name, force, users);
            all.untagged.insert(all.untagged.end(), one.untagged.begin(), one.untagged.end());
            all.deleted.insert(all.deleted.end(), one.deleted.begin(), one.deleted.end());
            all.freed_bytes += one.freed_bytes;
            if (image) note_removal(one, *image, *events);
          } catch (const Error& error) {
            all.errors.push_back(error);
          }
        }
        store_.sweep();
        return all;
      },
      std::move(answer),
      [this, events](const api::ImageRemoval& removal) {
        for (ImageEvent& event : *events) tell_image(engine_.context(), std::move(event));
        if (!removal.deleted.empty()) engine_.context().state.retry();
      });
}

void Images::prune(api::ImageFilter filter, api::Answer<api::ImageRemoval> answer) {
  std::vector<std::string> ids;
  for (const model::Image& image : store_.list()) {
    if (passes(image, filter)) ids.push_back(image.id);
  }
  run<api::ImageRemoval>(
      "",
      [this, ids = std::move(ids), users = in_use()] {
        image::Removal removal = store_.remove_images(ids, users);
        store_.sweep();
        return answer_of(removal);
      },
      std::move(answer),
      [this](const api::ImageRemoval& removal) {
        for (const std::string& id : removal.deleted) tell_image(engine_.context(), {"delete", id, id, {}});
        tell_pruned(engine_.context(), "image", removal.freed_bytes);
        if (!removal.deleted.empty()) engine_.context().state.retry();
      });
}

void Images::usage(api::Answer<api::DiskUsage> answer) {
  const auto usage = std::make_shared<api::DiskUsage>();
  std::map<std::string, int> images_of_layer;
  std::set<std::string> needed;
  const std::vector<model::Image> images = store_.list();
  for (const auto& [id, container] : engine_.containers().by_id()) {
    usage->containers.push_back(container->row());
  }
  for (const auto& [id, count] : containers_by_image()) usage->by_image[id].containers = count;
  for (const model::Image& image : images) {
    ++usage->images.images;
    const bool mine = usage->by_image[image.id].containers > 0;
    usage->images.used_images += mine ? 1 : 0;
    for (const std::string& chain : image::chain_ids(image.layers)) {
      ++images_of_layer[chain];
      if (mine) needed.insert(chain);
    }
  }
  const auto bytes_of = [&](const std::string& chain) {
    const auto layer = store_.layer(chain);
    return layer ? layer->bytes : 0;
  };
  for (const model::Image& image : images) {
    api::DiskUsage::Image& mine = usage->by_image[image.id];
    for (const std::string& chain : image::chain_ids(image.layers)) {
      mine.bytes += bytes_of(chain);
      if (images_of_layer[chain] > 1) mine.shared_bytes += bytes_of(chain);
    }
  }
  for (const auto& [chain, count] : images_of_layer) {
    const auto layer = store_.layer(chain);
    if (!layer) continue;
    usage->images.layer_bytes += layer->bytes;
    usage->images.blob_bytes += layer->blob_bytes;
    if (!needed.contains(chain)) usage->images.unused_layer_bytes += layer->bytes;
  }
  std::map<std::string, std::string> volume_paths;
  for (const auto& [name, volume] : engine_.volumes().by_name()) {
    // What options bring in is not the engine's disk, and a server of it may not answer.
    if (volume.spec.driver_opts.empty()) volume_paths[name] = volume.mountpoint;
    for (const model::Container& container : usage->containers) {
      const auto& mounts = container.spec.mounts;
      const bool uses = std::any_of(mounts.begin(), mounts.end(), [&, &volume_name = name](const model::Mount& mount) {
        return mount.kind == model::MountKind::volume && mount.source == volume_name;
      });
      usage->volumes[name].containers += uses ? 1 : 0;
    }
  }
  run<api::DiskUsage>(
      "measuring folders",
      [usage, volume_paths = std::move(volume_paths), options = engine_.context().options] {
        for (const auto& [name, path] : volume_paths) usage->volumes[name].bytes = folder_size(path);
        for (const model::Container& container : usage->containers) {
          usage->container_bytes[container.id] = folder_size(options.writable_layer(container.id));
        }
        return std::move(*usage);
      },
      std::move(answer), [](const auto&) {});
}

void Images::check(api::Answer<std::vector<std::string>> answer) {
  run<std::vector<std::string>>(
      "checking the images", [this] { return store_.check(); }, std::move(answer), [](const auto&) {});
}

void Images::login(std::string registry, model::Credentials credentials, api::Answer<bool> answer) {
  tasks_.start(check_login(std::move(registry), std::move(credentials)), answered_with(std::move(answer), true));
}

asio::awaitable<void> Images::check_login(std::string registry, model::Credentials credentials) {
  image::HttpClient http{engine_.context().loop, settings_};
  image::RegistryClient client{http, settings_, std::move(registry), std::nullopt, std::move(credentials)};
  co_await client.login();
}

}  // namespace stack::service
