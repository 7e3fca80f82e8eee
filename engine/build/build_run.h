// One build while it runs: contexts, plan, the states of its nodes. The working half of Builder::build(); used nowhere else.
#pragma once

#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/task_group.h"
#include "engine/build/builder.h"
#include "engine/build/contexts.h"
#include "engine/build/work_folder.h"

namespace stack::build {

// What a node has made.
struct NodeState {
  std::string state;                // what stands on top of it is made of (cache_key.h)
  std::vector<std::string> layers;  // diff ids, bottom first
  Wall created{};
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
  boost::asio::awaitable<void> play_all();
  boost::asio::awaitable<void> play(NodeId id);
  boost::asio::awaitable<Built> commit();
  void report_problems(const dockerfile::Problems& problems);
  // The error, with the place of the node in front.
  [[nodiscard]] Error placed(const Error& error, const Node& node) const;
  [[nodiscard]] int step_of(NodeId id) const { return static_cast<int>(id) + 1; }
  void throw_if_stopped() const;

  Builder& builder_;
  Builder::Ports& ports_;
  BuildRequest request_;
  std::shared_ptr<WorkFolder> folder_;
  std::unique_ptr<Contexts> contexts_;
  dockerfile::Dockerfile file_;
  BaseImages images_;
  BuildPlan plan_;
  std::map<NodeId, NodeState> states_;
  CacheStore::User used_;
  async::Event changed_;  // a node has its state
  std::optional<Error> failure_;
  std::shared_ptr<std::atomic<bool>> stopped_ =
      std::make_shared<std::atomic<bool>>(false);  // asked by threads of the pool
};

}  // namespace stack::build
  RunPlatforms machine_;
