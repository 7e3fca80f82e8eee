// Images come from registries: manifest, configuration, and the layers that are not here yet, several at once, each unpacked while
// it arrives.
//
// Loop thread; reading, hashing and unpacking run on `workers`, one thread a layer. However many pulls are under way, a layer is
// downloaded once: who comes later waits for it. stop() ends everything and has to be awaited before the workers go.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/async/cancellation.h"
#include "base/async/event.h"
#include "base/model/credentials.h"
#include "base/model/image_config.h"
#include "base/model/reference.h"
#include "engine/image/manifest.h"
#include "engine/image/registry/settings.h"

namespace stack::async {
class ThreadPool;
}
namespace stack::image {
class HttpClient;
class RegistryClient;
class Store;
}  // namespace stack::image

namespace stack::core {

struct PullProgress {
  enum class Stage { waiting, downloading, complete, exists } stage = Stage::waiting;
  std::string layer;  // digest
  std::uint64_t current = 0, total = 0;
};

struct PullRequest {
  model::Reference reference;
  image::Platform platform;
  model::CredentialsByRegistry credentials;
  std::function<void(const PullProgress&)> on_progress;
};

struct Pulled {
  model::Image image;
  std::string digest;    // of what the name led to: a manifest or an index
  bool changed = false;  // the name led elsewhere before, or nowhere
};

// What is in a registry and no image: all of it, which is little.
struct Artifact {
  std::string digest;  // of the manifest
  std::string type;    // its artifactType, else the media type of its configuration (OCI image-spec 1.1, manifest.md)
  std::vector<image::Descriptor> layers;
  std::vector<std::string> contents;  // of the layers, verified
};
inline constexpr std::size_t kArtifactBytesMax = std::size_t{16} << 20;
inline constexpr std::size_t kArtifactLayersMax = 200;

class Pulls {
 public:
  Pulls(boost::asio::io_context& loop, image::Store& store, const image::RegistrySettings& settings,
        async::ThreadPool& workers);
  ~Pulls();

  boost::asio::awaitable<Pulled> pull(PullRequest request, std::shared_ptr<async::CancellationToken> cancel);
  // What the registry says that the name leads to: a manifest or an index. Nothing is kept.
  boost::asio::awaitable<std::string> digest(model::Reference reference, model::CredentialsByRegistry credentials);
  // All tags of the repository that the name is of.
  boost::asio::awaitable<std::vector<std::string>> tags(model::Reference reference,
                                                        model::CredentialsByRegistry credentials);
  // Nothing of it is kept either. Of an index the artifact of this `type` is taken (empty: any). Throws invalid for what is an image,
  // or larger than artifacts may be.
  boost::asio::awaitable<Artifact> artifact(model::Reference reference, std::string type,
                                            model::CredentialsByRegistry credentials);
  boost::asio::awaitable<void> stop();

 private:
  struct Operation;
  struct Found {
    std::string manifest_text, config_text, top_digest;
    image::Manifest manifest;
    model::Image image;
    bool known = false;  // the store has it, all of it
  };
  // What is asked of mirrors and registry in turn, until one answers. `answer` is what it says so far: each is asked for a fresh copy.
  template <class T>
  using Question = boost::asio::awaitable<void> (*)(Operation& operation, T& answer);
  static boost::asio::awaitable<void> ask_digest(Operation& operation, std::string& answer);
  static boost::asio::awaitable<void> ask_tags(Operation& operation, std::vector<std::string>& answer);
  // `answer` has the type that is wanted.
  static boost::asio::awaitable<void> ask_artifact(Operation& operation, Artifact& answer);
  template <class T>
  boost::asio::awaitable<T> ask(model::Reference reference, model::CredentialsByRegistry credentials, T answer,
                                Question<T> question);
  boost::asio::awaitable<void> resolve(Operation& operation, Found& found);
  boost::asio::awaitable<void> fetch_config(Operation& operation, Found& found);
  boost::asio::awaitable<void> fetch_layers(Operation& operation, const Found& found);
  boost::asio::awaitable<void> fetch_layer(Operation& operation, const Found& found, std::size_t index);
  boost::asio::awaitable<void> download(Operation& operation, const Found& found, std::size_t index);
  boost::asio::awaitable<Pulled> keep(Operation& operation, const Found& found);
  boost::asio::awaitable<void> take_slot(Operation& operation);

  boost::asio::io_context& loop_;
  image::Store& store_;
  const image::RegistrySettings& settings_;
  async::ThreadPool& workers_;
  async::Event changed_;             // a layer has found its place or was given up; a slot is free; an operation ended
  std::set<std::string> in_flight_;  // chain ids
  std::set<Operation*> operations_;
  bool stopped_ = false;
  int slots_;
};

}  // namespace stack::core
