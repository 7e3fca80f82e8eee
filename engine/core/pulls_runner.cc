#include "engine/core/pulls_runner.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>

#include "engine/base/scope_guard.h"
#include "engine/core/worker_runner.h"
#include "engine/image/digest.h"
#include "engine/image/manifest_json.h"
#include "engine/image/registry/registry_client.h"
#include "engine/image/store.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

constexpr int kPipeBytes = 1 << 20;

[[noreturn]] void cancelled() { throw Error(ErrorKind::unavailable, "the pull was cancelled"); }

}  // namespace

struct Pulls::Operation {
  Operation(asio::io_context& where, const image::RegistrySettings& settings, PullRequest asked)
      : request(std::move(asked)), loop(where), registries(settings) {
    renew();
  }
  // What was closed stays closed.
  void renew() {
    registry.reset();
    http = std::make_unique<image::HttpClient>(loop, registries);
    failed = nullptr;
  }
  void open(std::optional<image::Url> mirror) {
    const std::string& domain = request.reference.domain;
    const auto known = request.credentials.find(domain);
    registry = std::make_unique<image::RegistryClient>(
        *http, registries, domain, std::move(mirror),
        known == request.credentials.end() ? model::Credentials{} : known->second);
  }
  // Where the registry's things are to be had, in the order in which they are asked: nothing stands for the registry itself.
  [[nodiscard]] std::vector<std::optional<image::Url>> endpoints() const {
    std::vector<std::optional<image::Url>> all;
    if (const auto mirrors = registries.mirrors.find(request.reference.domain); mirrors != registries.mirrors.end()) {
      for (const std::string& mirror : mirrors->second) all.push_back(image::parse_url(mirror));
    }
    all.emplace_back(std::nullopt);
    return all;
  }

  PullRequest request;
  asio::io_context& loop;
  const image::RegistrySettings& registries;
  std::unique_ptr<image::HttpClient> http;
  std::unique_ptr<image::RegistryClient> registry;
  std::optional<image::Store::Pin> pin;
  bool stopped = false;
  int running = 0;
  std::exception_ptr failed;  // of the layers, the first

  void check() const {
    if (stopped) cancelled();
  }
  void tell(PullProgress::Stage stage, const image::Descriptor& layer, std::uint64_t current = 0) const {
    if (request.on_progress) {
      request.on_progress({.stage = stage, .layer = layer.digest, .current = current, .total = layer.size});
    }
  }
};

Pulls::Pulls(asio::io_context& loop, image::Store& store, const image::RegistrySettings& settings, Workers& workers)
    : loop_(loop), store_(store), settings_(settings), workers_(workers), changed_(loop), slots_(settings.downloads) {}

Pulls::~Pulls() = default;

asio::awaitable<void> Pulls::stop() {
  stopped_ = true;
  for (Operation* operation : operations_) {
    operation->stopped = true;
    operation->http->close();
  }
  changed_.open_all();
  while (!operations_.empty()) co_await changed_.wait();
}

asio::awaitable<Pulled> Pulls::pull(PullRequest request, std::shared_ptr<Cancel> cancel) {
  Operation operation{loop_, settings_, std::move(request)};
  operations_.insert(&operation);
  const ScopeGuard leave{[&] {
    cancel->on_request({});
    operations_.erase(&operation);
    changed_.open_all();
  }};
  cancel->on_request([this, &operation] {
    operation.stopped = true;
    operation.http->close();
    changed_.open_all();
  });
  if (stopped_ || cancel->requested()) cancelled();

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

asio::awaitable<std::string> Pulls::digest(image::Reference reference, model::CredentialsByRegistry credentials) {
  if (!reference.digest.empty()) co_return reference.digest;
  Artifact answer = co_await ask(std::move(reference), {}, std::move(credentials), &Pulls::ask_digest);
  co_return std::move(answer.digest);
}

asio::awaitable<Artifact> Pulls::artifact(image::Reference reference, std::string type,
                                          model::CredentialsByRegistry credentials) {
  return ask(std::move(reference), std::move(type), std::move(credentials), &Pulls::ask_artifact);
}

asio::awaitable<Artifact> Pulls::ask(image::Reference reference, std::string type,
                                     model::CredentialsByRegistry credentials, Question question) {
  if (stopped_) cancelled();
  PullRequest request{.reference = std::move(reference), .credentials = std::move(credentials)};
  Operation operation{loop_, settings_, std::move(request)};
  operations_.insert(&operation);
  const ScopeGuard leave{[&] {
    operations_.erase(&operation);
    changed_.open_all();
  }};
  const std::vector<std::optional<image::Url>> endpoints = operation.endpoints();
  for (std::size_t i = 0;; ++i) {
    operation.open(endpoints[i]);
    Artifact answer{.type = type};
    try {
      co_await question(operation, answer);
      co_return answer;
    } catch (const Error&) {
      if (operation.stopped || i + 1 == endpoints.size()) throw;
    }
    operation.renew();
  }
}

asio::awaitable<void> Pulls::ask_digest(Operation& operation, Artifact& answer) {
  const image::Reference& reference = operation.request.reference;
  answer.digest = co_await operation.registry->digest(reference.repository, reference.tag);
}

asio::awaitable<void> Pulls::ask_artifact(Operation& operation, Artifact& answer) {
  const image::Reference& reference = operation.request.reference;
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
  const image::Reference& reference = operation.request.reference;
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
      if (known && fits(*known)) {
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
                                        " is no container image but an artifact (" +
                                        (manifest.artifact_type.empty() ? type : manifest.artifact_type) + ")");
  }
  const std::string& id = manifest.config.digest;
  if (store_.has_blob(id)) {
    found.config_text = store_.read_blob(id, image::kConfigBytesMax).value_or("");
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
    if (!image::is_digest(diff))
      throw Error(ErrorKind::invalid, "the configuration has a layer without a usable digest");
  }
  for (const image::Descriptor& layer : manifest.layers) {
    if (image::layer_kind(layer.media_type) == image::LayerKind::other) {
      throw Error(ErrorKind::unsupported,
                  "a layer of the kind \"" + layer.media_type.substr(0, 100) + "\" cannot be unpacked");
    }
  }
  const image::Platform platform{found.image.os, found.image.architecture, found.image.variant};
  if (!image::distance(operation.request.platform, platform)) {
    throw Error(ErrorKind::not_found, operation.request.reference.familiar() + " is made for " + platform.text() +
                                          ", not for " + operation.request.platform.text());
  }
}

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
    if (operation.failed) cancelled();
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
    if (operation.failed) cancelled();
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
    if (operation.failed) cancelled();
  }
  auto place = [result, &store, below] {
    store.place(std::move(*result->staged), below);
    result->staged.reset();
    return true;
  };
  co_await workers_.run(std::move(place));
}

asio::awaitable<Pulled> Pulls::keep(Operation& operation, const Found& found) {
  const image::Reference& reference = operation.request.reference;
  image::Store& store = store_;
  const auto before =
      store.find(reference.digest.empty() ? reference.canonical() : reference.name() + "@" + reference.digest);
  Pulled pulled{.digest = found.top_digest, .changed = !before || before->id != found.image.id};
  const auto image = std::make_shared<model::Image>();
  image::Reference by_digest = reference;
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
