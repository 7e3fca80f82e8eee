// Artifacts go to registries: small files under one manifest, and the images that belong to them into the same repository.
//
// Loop thread; files are read and written on `workers`. Images are copied from registry to registry, with all their platforms,
// one blob after the other: what the registry has is not sent, what another of its repositories has is mounted, the rest comes by
// way of a file. stop() ends everything and has to be awaited before the workers go.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/cancellation.h"
#include "base/async/event.h"
#include "base/clock.h"
#include "base/model/credentials.h"
#include "base/model/reference.h"
#include "base/unique_fd.h"
#include "engine/image/manifest.h"
#include "engine/image/registry/settings.h"

namespace stack::async {
class ThreadPool;
}
namespace stack::image {
class RegistryClient;
class Store;
}  // namespace stack::image

namespace stack::core {

struct ArtifactPush {
  struct Part {
    std::string media_type, content;
    std::map<std::string, std::string> annotations;
  };
  model::Reference reference;  // with a tag
  std::string type;            // artifactType of OCI 1.1
  std::string config_type;     // media type of the empty configuration, which says the type in OCI 1.0
  std::string oci_version;     // "1.0" or "1.1"; empty: 1.1, and 1.0 where the registry does not take that
  std::vector<Part> parts;
  std::map<std::string, std::string> annotations;  // of descriptors of the artifact, and of the index
  std::vector<model::Reference> images;
  bool insecure = false;  // the artifact's registry may be reached without encryption or a trusted certificate
  model::CredentialsByRegistry credentials;
  std::function<void(const model::Reference& image, bool copied)> on_image;
};

struct ArtifactPushed {
  std::string digest;
  std::string index;  // digest of the index with the images, which has the artifact as its subject; empty: no images
};

class ArtifactPushes {
 public:
  ArtifactPushes(boost::asio::io_context& loop, image::Store& store, const image::RegistrySettings& settings,
                 async::ThreadPool& workers, const Clock& clock);
  ~ArtifactPushes();

  boost::asio::awaitable<ArtifactPushed> push(ArtifactPush request, std::shared_ptr<async::CancellationToken> cancel);
  boost::asio::awaitable<void> stop();

 private:
  struct Operation;
  struct Image;  // one that is being copied
  boost::asio::awaitable<void> put_small(Operation& operation, const std::string& content);
  boost::asio::awaitable<image::Descriptor> put_artifact(Operation& operation, bool older);
  boost::asio::awaitable<std::string> put_index(Operation& operation, image::Descriptor artifact);
  boost::asio::awaitable<image::Descriptor> copy(Operation& operation, const Image& image, const std::string& wanted,
                                                 int depth);
  boost::asio::awaitable<void> copy_blob(Operation& operation, const Image& image, const image::Descriptor& blob);
  boost::asio::awaitable<void> fetch(const Image& image, const image::Descriptor& blob, BorrowedFd file);

  boost::asio::io_context& loop_;
  image::Store& store_;
  const image::RegistrySettings& settings_;
  async::ThreadPool& workers_;
  const Clock& clock_;
  async::Event changed_;  // an operation ended, or a worker
  std::set<Operation*> operations_;
};

}  // namespace stack::core
