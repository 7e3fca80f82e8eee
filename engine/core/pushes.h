// Images go to registries: the blobs that are not there yet, several at once, then the manifest under its name.
//
// Loop thread; files are read on `workers`, one thread an upload. stop() ends everything and has to be awaited before the workers go.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/async/cancellation.h"
#include "base/async/event.h"
#include "base/model/credentials.h"
#include "base/model/reference.h"
#include "engine/image/portable.h"
#include "engine/image/registry/settings.h"

namespace stack::async {
class ThreadPool;
}
namespace stack::core {

struct PushProgress {
  enum class Stage { preparing, pushing, pushed, exists, mounted } stage = Stage::preparing;
  std::string layer;  // digest
  std::string from;   // of mounted: the repository that had it
  std::uint64_t current = 0, total = 0;
};

struct PushRequest {
  model::Reference reference;  // with a tag
  model::Credentials credentials;
  std::function<void(const PushProgress&)> on_progress;
};

struct Pushed {
  std::string digest;
  std::uint64_t size = 0;  // of the manifest, bytes
};

class Pushes {
 public:
  Pushes(boost::asio::io_context& loop, image::Store& store, const image::RegistrySettings& settings,
         async::ThreadPool& workers);
  ~Pushes();

  // Throws not_found when there is no such image.
  boost::asio::awaitable<Pushed> push(PushRequest request, std::shared_ptr<async::CancellationToken> cancel);
  boost::asio::awaitable<void> stop();

 private:
  struct Operation;
  boost::asio::awaitable<void> push_blob(Operation& operation, const image::Descriptor& blob);
  boost::asio::awaitable<bool> mount(Operation& operation, const image::Descriptor& blob);

  boost::asio::io_context& loop_;
  image::Store& store_;
  const image::RegistrySettings& settings_;
  async::ThreadPool& workers_;
  async::Event changed_;
  std::set<Operation*> operations_;
  int slots_;
};

}  // namespace stack::core
