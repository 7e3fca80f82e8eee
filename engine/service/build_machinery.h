// What BuildService works with: the parts that are made with the first build, and one build while it runs. Used by its own files only.
//
// Loop thread.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "engine/service/build_fetches.h"
#include "engine/service/build_progress.h"
#include "engine/service/build_service.h"

namespace stack::service {

constexpr std::size_t kStepsAtOnceLeast = 8;  // commands often wait for something else than a processor

inline std::size_t steps_at_once() {
  return std::max<std::size_t>(kStepsAtOnceLeast, std::thread::hardware_concurrency());
}

struct BuildService::Machinery {
  Machinery(core::Engine& engine, const image::RegistrySettings& settings, std::unique_ptr<build::CacheStore> store,
            std::unique_ptr<fetch::FetchedStore> fetched, async::ThreadPool& pool)
      : cache(std::move(store)),
        fetches(engine.context(), settings, std::move(fetched), pool),
        runner(engine),
        builder({engine.context().loop, engine.context().time, engine.context().images, *cache, pool, runner,
                 steps_at_once()}) {}
  std::unique_ptr<build::CacheStore> cache;
  BuildFetches fetches;
  core::RunSteps runner;
  build::Builder builder;
};

struct BuildService::Job {
  Job(boost::asio::io_context& loop, std::function<void(const api::BuildEvent&)> tell)
      : report(std::move(tell)),
        progress(std::make_shared<BuildProgress>(report)),
        fetched(std::make_shared<FetchedOfBuild>(loop)),
        tasks(loop, "build") {}
  model::BuildSpec spec;
  UniqueFd archive;
  model::CredentialsByRegistry credentials;
  std::function<void(const api::BuildEvent&)> report;
  std::shared_ptr<BuildProgress> progress;
  const std::shared_ptr<FetchedOfBuild> fetched;
  std::vector<std::shared_ptr<const void>> kept;  // what its contexts lie in
  async::TaskGroup tasks;                         // its own, to be cancelled alone
};

}  // namespace stack::service
