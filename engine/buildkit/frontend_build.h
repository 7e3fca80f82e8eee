// One build that a client's part asks for: has its files loaded, hands it to the builder, says what happens, and delivers the result. The
// working half of Solve::frontend(); used nowhere else. Loop thread only.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/task_group.h"
#include "engine/buildkit/agent_forward.h"
#include "engine/buildkit/context_loader.h"
#include "engine/buildkit/output.h"
#include "engine/buildkit/solve.h"

namespace stack::buildkit {

class FrontendBuild {
 public:
  FrontendBuild(Solve& solve, wire::GatewaySolveRequest request);

  boost::asio::awaitable<wire::GatewaySolveResponse> run();

 private:
  // What run() does, while the client's agents are forwarded.
  boost::asio::awaitable<void> work(wire::GatewaySolveResponse& response);
  boost::asio::awaitable<void> prepare();
  // Answers a call that builds nothing.
  boost::asio::awaitable<void> answer_call(wire::Result& result);
  boost::asio::awaitable<void> check(wire::Result& result);
  // Those of the client's secrets that it has.
  boost::asio::awaitable<void> load_secrets(std::set<std::string> ids);
  boost::asio::awaitable<void> load_credentials(std::set<std::string> registries);
  // Those of the client's ssh agents that it has become sockets of this machine.
  boost::asio::awaitable<void> forward_agents(std::set<std::string> ids);
  boost::asio::awaitable<api::BuildDone> build();
  boost::asio::awaitable<void> deliver(api::BuildDone done);

  Solve& solve_;
  const Tools& tools_;
  const wire::GatewaySolveRequest request_;
  FrontendRequest wanted_;
  ContextLoader loader_;
  std::vector<Output> outputs_;
  model::CredentialsByRegistry credentials_;
  std::shared_ptr<const std::filesystem::path> agents_folder_;
  std::vector<std::unique_ptr<AgentForward>> forwards_;
  async::TaskGroup* agents_ = nullptr;  // of run(), while it runs
};

}  // namespace stack::buildkit
