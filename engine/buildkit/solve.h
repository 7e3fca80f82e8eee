// One build of a client from its request (Control/Solve) to its result: what the client's own part asks for in between (LLBBridge) runs
// here, and its log tells what happens.
//
// Shared by the calls that belong to it. The call Control/Solve owns it: when that is closed, what runs is cancelled. Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/async/thread_pool.h"
#include "base/async/timekeeper.h"
#include "base/ids.h"
#include "engine/api/build_backend.h"
#include "engine/buildkit/build_log.h"
#include "engine/buildkit/frontend_request.h"
#include "engine/buildkit/grpc_status.h"
#include "engine/buildkit/image_files.h"
#include "engine/buildkit/messages/control.pb.h"
#include "engine/buildkit/messages/gateway.pb.h"
#include "engine/buildkit/sessions.h"

namespace stack::buildkit {

// What all builds work with.
struct Tools {
  boost::asio::io_context& loop;
  async::Timekeeper& time;
  RandomSource random;
  api::BuildBackend& builder;
  const ImageFiles& images;
  Sessions& sessions;
  async::ThreadPool& pool;
};

class Solve {
 public:
  explicit Solve(const Tools& tools);

  BuildLog log;
  // The client's request has come.
  void begin(wire::SolveRequest request);
  [[nodiscard]] bool begun() const { return begun_; }
  // The call that asked for it is gone: everything ends.
  void abandon();
  // The client's part asks for a build. Throws GrpcFailure.
  boost::asio::awaitable<wire::GatewaySolveResponse> frontend(wire::GatewaySolveRequest request);
  // The client's part is over.
  void returned(const wire::ReturnRequest& result);
  // What the whole build gave, once it is over. Nothing before that.
  [[nodiscard]] const std::optional<GrpcStatus>& status() const { return status_; }
  [[nodiscard]] const wire::SolveResponse& response() const { return response_; }
  // Called when status() is there.
  void on_over(std::function<void()> callback) { on_over_ = std::move(callback); }

 private:
  friend class FrontendBuild;
  friend class ContextLoader;
  friend class ImageOutput;
  // Throws stack::Error when the client has gone.
  void check_alive() const;
  void check_request() const;
  // Where the build leaves its cache. Throws like cache_target_of.
  [[nodiscard]] std::vector<model::CacheExport> cache_targets() const;

  Tools tools_;
  async::Event changed_;  // the builder has reported its end, or the whole is abandoned
  std::function<void()> on_over_;
  wire::SolveRequest request_;
  bool begun_ = false, abandoned_ = false;
  std::map<std::string, std::string> images_;  // ids by the refs that stand for them
  wire::SolveResponse response_;
  std::optional<GrpcStatus> status_;
  const std::shared_ptr<int> life_ = std::make_shared<int>();  // ends with this: what outlives it looks here first
};

}  // namespace stack::buildkit
