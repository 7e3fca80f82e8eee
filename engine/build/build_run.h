// One build while it runs: contexts, plan, the states of its nodes. The working half of Builder::build(); used nowhere else.
#pragma once

#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/task_group.h"
#include "base/dockerfile/check_directive.h"
#include "engine/build/builder.h"
#include "engine/build/cache_export.h"
#include "engine/build/cache_import.h"
#include "engine/build/contexts.h"
#include "engine/build/work_folder.h"

namespace stack::build {

// What a node has made.
struct NodeState {
  std::string state;                // what stands on top of it is made of (cache_key.h)
  std::vector<std::string> layers;  // diff ids, bottom first
  Wall created{};
  std::string key;  // of a step; empty where it is not known
};

class BuildRun {
 public:
  BuildRun(Builder& builder, BuildRequest request);

  boost::asio::awaitable<Built> run();
  boost::asio::awaitable<std::string> check();

 private:
  friend class StepPlay;
  boost::asio::awaitable<void> open();
  // Rounds, until no image is missing.
  boost::asio::awaitable<void> plan();
  boost::asio::awaitable<void> resolve(WantedImage wanted);
  // --- caches of other places (build_caches.cc) ---
  // Reads them, and decides what is wanted: nothing below a step that a cache has whole.
  boost::asio::awaitable<void> use_caches();
  boost::asio::awaitable<void> read_cache(model::CachePlace from);
  boost::asio::awaitable<void> define(NodeId id);
  boost::asio::awaitable<void> choose_served();
  // True when a cache has it: the engine's own, or else another one.
  boost::asio::awaitable<bool> serve(NodeId id);
  boost::asio::awaitable<bool> serve_from(CacheImport& cache, NodeId id);
  // The steps that a served one stands on, as far as they are known.
  boost::asio::awaitable<void> serve_below(NodeId id);
  boost::asio::awaitable<void> export_caches();
  boost::asio::awaitable<void> write_cache(model::CacheExport wanted);
  [[nodiscard]] std::shared_ptr<CachePlace> open_place(const model::CachePlace& place, bool write) const;
  [[nodiscard]] std::vector<ExportedStep> exported(bool all_steps) const;
  // How many layers the node has by its plan.
  [[nodiscard]] std::size_t layers_of(NodeId id) const;

  boost::asio::awaitable<void> play_all();
  boost::asio::awaitable<void> play(NodeId id);
  boost::asio::awaitable<Built> commit();
  // What the build checks find of all stages, or of those that the target needs. Throws stack::Error for a wrong directive.
  [[nodiscard]] dockerfile::Problems checked(const dockerfile::Dockerfile& file, const dockerfile::Problems& reading,
                                             bool all_stages) const;
  [[nodiscard]] dockerfile::CheckDirective check_directive(const dockerfile::Dockerfile& file) const;
  void report_problems(const dockerfile::Problems& problems);
  // The error, with the place of the node in front.
  [[nodiscard]] Error placed(const Error& error, const Node& node) const;
  [[nodiscard]] int step_of(NodeId id) const { return static_cast<int>(id) + 1; }
  void throw_if_stopped() const;
  // Null while it has none.
  [[nodiscard]] const NodeState* state_of(NodeId id) const;

  Builder& builder_;
  Builder::Ports& ports_;
  BuildRequest request_;
  std::shared_ptr<WorkFolder> folder_;
  std::unique_ptr<Contexts> contexts_;
  dockerfile::Dockerfile file_;
  RunPlatforms machine_;
  BaseImages images_;
  BuildPlan plan_;
  std::map<NodeId, NodeState> states_;
  std::map<NodeId, std::string> definitions_;
  std::vector<NodeId> wanted_;          // what is played or served
  std::map<NodeId, NodeState> served_;  // by definition, before anything is played
  std::set<NodeId> not_served_;         // what --no-cache makes anew, and what is made of it
  std::vector<std::shared_ptr<CacheImport>> imports_;
  CacheStore::User used_;
  async::Event changed_;  // a node has its state
  std::optional<Error> failure_;
  std::shared_ptr<std::atomic<bool>> stopped_ =
      std::make_shared<std::atomic<bool>>(false);  // asked by threads of the pool
};

}  // namespace stack::build
