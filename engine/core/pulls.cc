#include "engine/core/pulls.h"

#include "base/async/thread_pool.h"
#include "base/scope_guard.h"
#include "engine/core/pull_operation.h"
#include "engine/image/digest.h"
#include "engine/image/image_store.h"
#include "engine/image/manifest_json.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

// What is damaged is fetched again.
bool has_whole_blob(const image::Store& store, const std::string& digest) {
  try {
    return store.read_blob(digest, image::kManifestBytesMax).has_value();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Pulls::Pulls(asio::io_context& loop, image::Store& store, const image::RegistrySettings& settings,
             async::ThreadPool& workers)
    : loop_(loop), store_(store), settings_(settings), workers_(workers), changed_(loop), slots_(settings.downloads) {}

Pulls::~Pulls() = default;

asio::awaitable<void> Pulls::stop() {
  stopped_ = true;
  for (Operation* operation : operations_) {
    operation->stopped = true;
    operation->http->close();
  }
  changed_.notify_all();
  while (!operations_.empty()) co_await changed_.wait();
}

asio::awaitable<Pulled> Pulls::pull(PullRequest request, std::shared_ptr<async::CancellationToken> cancel) {
  Operation operation{loop_, settings_, std::move(request)};
  operations_.insert(&operation);
  const ScopeGuard leave{[&] {
    cancel->on_request({});
    operations_.erase(&operation);
    changed_.notify_all();
  }};
  cancel->on_request([this, &operation] {
    operation.stopped = true;
    operation.http->close();
    changed_.notify_all();
  });
  if (stopped_ || cancel->requested()) cancelled_pull();

  const std::vector<std::optional<image::Url>> endpoints = operation.endpoints();
  for (std::size_t i = 0;; ++i) {
    operation.open(endpoints[i]);
    Found found;
    try {
      co_await resolve(operation, found);
      if (!found.known) co_await fetch_layers(operation, found);
      co_return co_await keep(operation, found);
    } catch (const Error&) {
      // What a mirror does not have or cannot give, the registry itself may.
      if (operation.stopped || i + 1 == endpoints.size()) throw;
    }
    operation.renew();
  }
}

template <class T>
asio::awaitable<T> Pulls::ask(model::Reference reference, model::CredentialsByRegistry credentials, T answer,
                              Question<T> question) {
  if (stopped_) cancelled_pull();
  PullRequest request{.reference = std::move(reference), .credentials = std::move(credentials)};
  Operation operation{loop_, settings_, std::move(request)};
  operations_.insert(&operation);
  const ScopeGuard leave{[&] {
    operations_.erase(&operation);
    changed_.notify_all();
  }};
  const std::vector<std::optional<image::Url>> endpoints = operation.endpoints();
  for (std::size_t i = 0;; ++i) {
    operation.open(endpoints[i]);
    T told = answer;
    try {
      co_await question(operation, told);
      co_return told;
    } catch (const Error&) {
      if (operation.stopped || i + 1 == endpoints.size()) throw;
    }
    operation.renew();
  }
}

asio::awaitable<std::string> Pulls::digest(model::Reference reference, model::CredentialsByRegistry credentials) {
  if (!reference.digest.empty()) co_return reference.digest;
  std::string answer;
  co_return co_await ask(std::move(reference), std::move(credentials), std::move(answer), &Pulls::ask_digest);
}

asio::awaitable<std::vector<std::string>> Pulls::tags(model::Reference reference,
                                                      model::CredentialsByRegistry credentials) {
  return ask(std::move(reference), std::move(credentials), std::vector<std::string>{}, &Pulls::ask_tags);
}

asio::awaitable<Artifact> Pulls::artifact(model::Reference reference, std::string type,
                                          model::CredentialsByRegistry credentials) {
  return ask(std::move(reference), std::move(credentials), Artifact{.type = std::move(type)}, &Pulls::ask_artifact);
}

asio::awaitable<void> Pulls::ask_digest(Operation& operation, std::string& answer) {
  const model::Reference& reference = operation.request.reference;
  answer = co_await operation.registry->digest(reference.repository, reference.tag);
}

asio::awaitable<void> Pulls::ask_tags(Operation& operation, std::vector<std::string>& answer) {
  answer = co_await operation.registry->tags(operation.request.reference.repository);
}

asio::awaitable<void> Pulls::ask_artifact(Operation& operation, Artifact& answer) {
  const model::Reference& reference = operation.request.reference;
  const std::string name = reference.familiar();
  std::string wanted = reference.digest.empty() ? reference.tag : reference.digest;
  std::optional<image::Manifest> manifest;
  for (int depth = 0; !manifest; ++depth) {
    if (depth > image::kIndexDepthMax) throw Error(ErrorKind::invalid, "the indexes of " + name + " lead in circles");
    image::RegistryClient::Fetched fetched = co_await operation.registry->manifest(reference.repository, wanted);
    auto parsed = image::parse_manifest(fetched.text, fetched.media_type);
    answer.digest = std::move(fetched.digest);
    if (auto* found = std::get_if<image::Manifest>(&parsed)) {
      manifest = std::move(*found);
      break;
    }
    const auto chosen = image::choose_artifact(std::get<image::Index>(parsed), answer.type);
    if (!chosen) {
      throw Error(ErrorKind::invalid, name + " is an index without an artifact" +
                                          (answer.type.empty() ? "" : " of the type " + answer.type));
    }
    wanted = chosen->digest;
  }
  answer.type = manifest->artifact_type.empty() ? manifest->config.media_type : manifest->artifact_type;
  if (answer.type == image::kOciConfig || answer.type == image::kDockerConfig) {
    throw Error(ErrorKind::invalid, name + " is a container image");
  }
  std::uint64_t room = kArtifactBytesMax;
  if (manifest->layers.size() > kArtifactLayersMax) {
    throw Error(ErrorKind::invalid, name + " has more than " + std::to_string(kArtifactLayersMax) + " parts");
  }
  for (const image::Descriptor& layer : manifest->layers) {
    if (layer.size > room) {
      throw Error(ErrorKind::invalid, name + " is larger than " + std::to_string(kArtifactBytesMax) + " bytes");
    }
    room -= layer.size;
  }
  for (const image::Descriptor& layer : manifest->layers) {
    answer.contents.push_back(co_await operation.registry->blob(reference.repository, layer, kArtifactBytesMax));
  }
  answer.layers = std::move(manifest->layers);
}

asio::awaitable<void> Pulls::resolve(Operation& operation, Found& found) {
  const model::Reference& reference = operation.request.reference;
  std::string wanted = reference.digest.empty() ? reference.tag : reference.digest;
  image::Store& store = store_;
  for (int depth = 0;; ++depth) {
    if (depth > image::kIndexDepthMax) {
      throw Error(ErrorKind::invalid, "the indexes of " + reference.familiar() + " lead in circles");
    }
    image::RegistryClient::Fetched fetched = co_await operation.registry->manifest(reference.repository, wanted);
    operation.check();
    if (depth == 0) {
      found.top_digest = fetched.digest;
      const auto known = store.find(reference.name() + "@" + fetched.digest);
      const auto fits = [&](const model::Image& image) {
        return image::distance(operation.request.platform, {image.os, image.architecture, image.variant}).has_value();
      };
      if (known && fits(*known) && has_whole_blob(store, known->manifest)) {
        found.image = *known;
        found.known = true;
        co_return;
      }
    }
    auto parsed = image::parse_manifest(fetched.text, fetched.media_type);
    if (auto* manifest = std::get_if<image::Manifest>(&parsed)) {
      found.manifest = std::move(*manifest);
      found.manifest_text = std::move(fetched.text);
      break;
    }
    const auto& index = std::get<image::Index>(parsed);
    const auto chosen = image::choose(index, operation.request.platform);
    if (!chosen) {
      throw Error(ErrorKind::not_found, "no matching manifest for " + operation.request.platform.text() + " in " +
                                            reference.familiar() + ": it is made for " + image::offered(index))
          .remedy("choose one of them with platform: or --platform");
    }
    wanted = chosen->digest;
  }
  co_await fetch_config(operation, found);
}

asio::awaitable<void> Pulls::fetch_config(Operation& operation, Found& found) {
  const image::Manifest& manifest = found.manifest;
  const std::string& type = manifest.config.media_type;
  if (type != image::kOciConfig && type != image::kDockerConfig && !type.empty()) {
    throw Error(ErrorKind::invalid, operation.request.reference.familiar() +
                                        " is not a container image but an artifact (" +
                                        (manifest.artifact_type.empty() ? type : manifest.artifact_type) + ")");
  }
  const std::string& id = manifest.config.digest;
  try {
    found.config_text = store_.read_blob(id, image::kConfigBytesMax).value_or("");
  } catch (const Error&) {
    found.config_text.clear();  // damaged: the registry's takes its place
  }
  if (found.config_text.empty()) {
    found.config_text = co_await operation.registry->blob(operation.request.reference.repository, manifest.config,
                                                          image::kConfigBytesMax);
  }
  operation.check();
  found.image = image::read_config_blob(found.config_text);
  found.image.id = id;
  const std::size_t layers = manifest.layers.size();
  if (found.image.layers.size() != layers || layers == 0) {
    throw Error(ErrorKind::invalid, "the manifest of " + operation.request.reference.familiar() + " has " +
                                        std::to_string(layers) + " layers, its configuration " +
                                        std::to_string(found.image.layers.size()));
  }
  for (const std::string& diff : found.image.layers) {
    if (!model::is_digest(diff))
      throw Error(ErrorKind::invalid, "the configuration has a layer without a usable digest");
  }
  for (const image::Descriptor& layer : manifest.layers) {
    if (image::layer_kind(layer.media_type) == image::LayerKind::other) {
      throw Error(ErrorKind::unsupported,
                  "a layer of the kind \"" + layer.media_type.substr(0, 100) + "\" cannot be unpacked");
    }
    if (layer.size > settings_.limits.archive_bytes_max()) {
      throw Error(ErrorKind::invalid,
                  "the layer " + layer.digest + " is larger than is allowed: " + std::to_string(layer.size) + " bytes");
    }
  }
  const image::Platform platform{found.image.os, found.image.architecture, found.image.variant};
  if (!image::distance(operation.request.platform, platform)) {
    throw Error(ErrorKind::not_found, operation.request.reference.familiar() + " is made for " + platform.text() +
                                          ", not for " + operation.request.platform.text());
  }
}

asio::awaitable<Pulled> Pulls::keep(Operation& operation, const Found& found) {
  const model::Reference& reference = operation.request.reference;
  image::Store& store = store_;
  const auto before =
      store.find(reference.digest.empty() ? reference.canonical() : reference.name() + "@" + reference.digest);
  Pulled pulled{.digest = found.top_digest, .changed = !before || before->id != found.image.id};
  const auto image = std::make_shared<model::Image>();
  model::Reference by_digest = reference;
  by_digest.tag.clear();
  by_digest.digest = found.top_digest;
  auto work = [&store, image, &found, by_digest, reference] {
    if (found.known) {
      *image = reference.digest.empty() ? store.tag(found.image.id, reference.canonical()) : found.image;
      return true;
    }
    image::Store::NewImage made{.config = found.config_text, .manifest = found.manifest_text};
    if (reference.digest.empty()) made.names.push_back(reference);
    made.repo_digests.push_back(by_digest);
    *image = store.commit(made);
    return true;
  };
  co_await workers_.run(std::move(work));
  pulled.image = std::move(*image);
  co_return pulled;
}

}  // namespace stack::core
