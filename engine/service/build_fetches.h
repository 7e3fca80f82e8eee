// What builds fetch from other places: the store of it, and the steps of a build that tell of it.
//
// Loop thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/model/build_spec.h"
#include "engine/api/build_backend.h"
#include "engine/build/build_plan.h"
#include "engine/core/context.h"
#include "engine/fetch/fetcher.h"
#include "engine/service/build_progress.h"

namespace stack::service {

// What one build has fetched: what it names twice is fetched once and the same both times, whatever its server says by then.
struct FetchedOfBuild {
  explicit FetchedOfBuild(boost::asio::io_context& loop) : changed(loop) {}
  std::map<std::string, fetch::FetchedPtr> places;
  std::set<std::string> under_way;
  async::Event changed;  // a place is not under way any more
};

class BuildFetches {
 public:
  BuildFetches(core::Context& context, const image::RegistrySettings& settings,
               std::unique_ptr<fetch::FetchedStore> store, async::ThreadPool& pool);

  // What is wished, with a step of `progress` for it, unless `before` has it or gets it. Throws stack::Error.
  boost::asio::awaitable<fetch::FetchedPtr> fetch(build::Wish wish, fetch::FetchRights rights,
                                                  std::shared_ptr<BuildProgress> progress,
                                                  std::shared_ptr<FetchedOfBuild> before);

  // Waits for what builds that were cancelled have left; has to be awaited.
  boost::asio::awaitable<void> stop() { return fetcher_.stop(); }

  [[nodiscard]] std::vector<api::BuildCacheEntry> entries() const;
  // The id of one of them. Gives the bytes that go.
  std::uint64_t forget(const std::string& id) { return store_->forget(id); }

 private:
  boost::asio::awaitable<fetch::FetchedPtr> run(build::Wish wish, fetch::FetchRights rights,
                                                std::shared_ptr<BuildProgress> progress, int step);

  core::Context& context_;
  std::unique_ptr<fetch::FetchedStore> store_;
  fetch::Fetcher fetcher_;
};

// What the user of this build lends for it.
fetch::FetchRights rights_of(const model::BuildSpec& spec);

}  // namespace stack::service
