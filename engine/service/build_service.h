// The builder as the API asks for it: base images from the registry, commands in the sandbox, progress as events, and the cache.
//
// Loop thread. What builds need is made with the first one, so that an engine that never builds pays nothing. stop() cancels what runs and
// has to be awaited.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "base/async/mutex.h"
#include "base/async/task_group.h"
#include "base/async/thread_pool.h"
#include "engine/api/build_backend.h"
#include "engine/build/builder.h"
#include "engine/build/kept_folders.h"
#include "engine/core/engine.h"
#include "engine/core/pulls.h"
#include "engine/core/run_steps.h"
#include "engine/fetch/fetched_store.h"
#include "engine/service/build_history.h"

namespace stack::service {

class BuildService final : public api::BuildBackend {
 public:
  BuildService(core::Engine& engine, core::Pulls& pulls, const image::RegistrySettings& settings);
  ~BuildService() override;

  std::function<void()> build(model::BuildSpec spec, UniqueFd archive, model::CredentialsByRegistry credentials,
                              std::function<void(const api::BuildEvent&)> report) override;
  void check(model::BuildSpec spec, UniqueFd archive, api::Answer<std::string> answer) override;
  void work_folder(std::string name, api::Answer<std::shared_ptr<const std::filesystem::path>> answer) override;
  void keep_folder(std::string name, std::shared_ptr<const std::filesystem::path> folder, std::uint64_t bytes) override;
  std::function<void()> fetch_context(model::BuildSpec spec, std::string name,
                                      api::Answer<api::FetchedContext> answer) override;
  void files(std::string image_id, api::Answer<std::shared_ptr<const UniqueFd>> answer) override;
  void cache(api::Answer<std::vector<api::BuildCacheEntry>> answer) override;
  void prune(api::BuildPrune prune, api::Answer<api::BuildPruned> answer) override;
  void history(api::Answer<std::vector<api::BuildRecord>> answer) override;
  void forget_history(std::vector<std::string> ids, bool all, api::Answer<std::vector<std::string>> answer) override;

  boost::asio::awaitable<void> stop();

 private:
  struct Job;
  struct Machinery;
  boost::asio::awaitable<Machinery*> machinery();
  boost::asio::awaitable<build::Built> build_one(std::shared_ptr<Job> job);
  boost::asio::awaitable<model::Image> resolve(std::shared_ptr<Job> job, build::WantedImage wanted);
  boost::asio::awaitable<std::string> check_one(std::shared_ptr<Job> job);
  boost::asio::awaitable<std::shared_ptr<const fetch::Fetched>> fetch(std::shared_ptr<Job> job, build::Wish wish);
  // Contexts of other places become folders of this machine.
  boost::asio::awaitable<void> bring_contexts(std::shared_ptr<Job> job);
  boost::asio::awaitable<api::FetchedContext> bring(std::shared_ptr<Job> job, std::string name);
  boost::asio::awaitable<api::FetchedContext> bring_git(std::shared_ptr<Job> job, model::BuildGit source);
  boost::asio::awaitable<api::FetchedContext> bring_file(std::shared_ptr<Job> job, model::BuildUrl source, bool main);
  boost::asio::awaitable<std::shared_ptr<const UniqueFd>> open_files(std::string image_id);
  boost::asio::awaitable<std::shared_ptr<const std::filesystem::path>> make_work_folder(std::string name);
  boost::asio::awaitable<std::vector<api::BuildCacheEntry>> list_cache();
  boost::asio::awaitable<api::BuildPruned> prune_cache(api::BuildPrune wish);
  boost::asio::awaitable<std::vector<api::BuildRecord>> list_history();
  boost::asio::awaitable<std::vector<std::string>> remove_history(std::vector<std::string> ids, bool all);
  boost::asio::awaitable<void> store_history();
  void finish(const std::shared_ptr<Job>& job, const std::exception_ptr& thrown, const build::Built& built);
  build::BuildRequest request_of(const std::shared_ptr<Job>& job);

  core::Engine& engine_;
  core::Pulls& pulls_;
  const image::RegistrySettings& settings_;
  std::unique_ptr<async::ThreadPool> pool_;
  std::unique_ptr<Machinery> machinery_;  // works with the pool
  build::KeptFolders kept_;               // removed by the pool
  BuildHistory history_;
  async::Mutex making_, storing_;
  std::list<std::shared_ptr<Job>> jobs_;
  async::TaskGroup tasks_;
};

}  // namespace stack::service
