// Plays build plans: nodes whose inputs are ready side by side, what the cache has not at all, and the same step of two builds once.
//
// Loop thread; what waits for a disk runs on `workers`. Knows nothing of registries, sandboxes or sockets: those are its Ports. A build
// that fails, or whose task is cancelled, leaves the steps that were complete in the cache, and nothing else.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/async/thread_pool.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/model/build_spec.h"
#include "base/unique_fd.h"
#include "engine/build/build_plan.h"
#include "engine/build/cache_mounts.h"
#include "engine/build/cache_place.h"
#include "engine/build/cache_store.h"
#include "engine/build/step_runner.h"
#include "engine/fetch/fetched_store.h"

namespace stack::build {

// What a build says while it runs, in the order in which it happens. Steps have numbers from 1.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void warning(const std::string& text) = 0;
  // `cause`: why the cache does not serve it; empty at its first run ever.
  virtual void started(int step, const std::string& name, const std::string& cause) = 0;
  virtual void output(int step, int stream, std::string_view bytes) = 0;
  // The number of a step that is not the plan's.
  virtual int further_step() = 0;
  virtual void ended(int step, const std::string& name, bool cached, Nanos took, const std::string& error) = 0;
};

struct BuildRequest {
  model::BuildSpec spec;
  UniqueFd archive;  // of a BuildArchive context
  std::shared_ptr<Progress> progress;
  // Finds an image in the store, or pulls it. Throws stack::Error.
  std::function<boost::asio::awaitable<model::Image>(WantedImage wanted)> resolve;
  // A cache of a registry; `write`: also to be written to. Throws stack::Error.
  std::function<std::shared_ptr<CachePlace>(const std::string& reference, bool write)> open_cache;
  // Has what ADD wants of other places. Throws stack::Error.
  std::function<boost::asio::awaitable<std::shared_ptr<const fetch::Fetched>>(Wish wish)> fetch;
};

struct Built {
  model::Image image;   // committed and named; with BuildOutput::nothing without id
  bool is_new = false;  // false: the store had it before
};

class Builder {
 public:
  struct Ports {
    boost::asio::io_context& loop;
    const Clock& clock;
    image::Store& images;
    CacheStore& cache;
    async::ThreadPool& workers;
    StepRunner& runner;
    std::size_t steps_at_once;  // of all builds together
  };
  explicit Builder(Ports ports);

  // Throws stack::Error.
  boost::asio::awaitable<Built> build(BuildRequest request);
  // The problems of the Dockerfile, rendered, one a line.
  boost::asio::awaitable<std::string> check(BuildRequest request);
  [[nodiscard]] CacheMounts& cache_mounts() { return mounts_; }

 private:
  friend class BuildRun;
  friend class StepPlay;
  Ports ports_;
  CacheMounts mounts_;
  async::Event changed_;  // a step has ended: a place is free, a key is known
  std::size_t running_ = 0;
  LayerContents layer_contents_;
  std::set<std::string> in_flight_;  // keys of steps that are being played
};

}  // namespace stack::build
