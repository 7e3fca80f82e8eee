// BuildKit's services for the clients that connect to POST /grpc, and their sessions on POST /session: the protocol of `docker build`,
// `docker buildx` and Compose in front of the engine's own builder. Dockerfiles only; graphs of operations (LLB) are refused.
//
// Loop thread. Threads for what is received are started with the first build. stop() ends every call and has to be awaited.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/async/task_group.h"
#include "base/async/thread_pool.h"
#include "base/async/timekeeper.h"
#include "base/ids.h"
#include "engine/api/build_backend.h"
#include "engine/api/build_trace.h"
#include "engine/api/routes.h"
#include "engine/buildkit/image_files.h"
#include "engine/buildkit/sessions.h"

namespace stack::buildkit {

class GrpcStream;
class Solve;

class BuildkitService {
 public:
  static constexpr std::size_t kSolvesMax = 128;
  static constexpr std::size_t kEndedMax = 16;
  static constexpr std::size_t kConnectionsMax = 128;

  BuildkitService(boost::asio::io_context& loop, async::Timekeeper& time, RandomSource random,
                  api::BuildBackend& builder, ImageFiles images);
  ~BuildkitService();

  void add_routes(api::Routes& routes);
  // For builds by POST /build?version=2.
  [[nodiscard]] std::unique_ptr<api::BuildTrace> trace();
  boost::asio::awaitable<void> stop();

 private:
  using Call = boost::asio::awaitable<void> (BuildkitService::*)(GrpcStream& stream);
  struct Connection;
  struct Row {
    std::string_view method;
    Call call;
  };
  static const Row* find(std::string_view path);
  void accept(const std::shared_ptr<api::Exchange>& exchange);
  boost::asio::awaitable<void> serve(std::shared_ptr<H2Stream> stream);
  std::shared_ptr<Solve> solve_of(const std::string& ref);
  boost::asio::awaitable<std::shared_ptr<Solve>> solve_of_call(GrpcStream& stream);

  boost::asio::awaitable<void> list_workers(GrpcStream& stream);
  boost::asio::awaitable<void> info(GrpcStream& stream);
  boost::asio::awaitable<void> disk_usage(GrpcStream& stream);
  boost::asio::awaitable<void> prune(GrpcStream& stream);
  boost::asio::awaitable<void> history(GrpcStream& stream);
  boost::asio::awaitable<void> session(GrpcStream& stream);
  boost::asio::awaitable<void> status(GrpcStream& stream);
  boost::asio::awaitable<void> solve(GrpcStream& stream);
  boost::asio::awaitable<void> ping(GrpcStream& stream);
  boost::asio::awaitable<void> frontend(GrpcStream& stream);
  boost::asio::awaitable<void> returned(GrpcStream& stream);

  boost::asio::io_context& loop_;
  async::Timekeeper& time_;
  const RandomSource random_;
  api::BuildBackend& builder_;
  const ImageFiles images_;
  Sessions sessions_;
  std::unique_ptr<async::ThreadPool> pool_;
  std::map<std::string, std::weak_ptr<Solve>> solves_;  // by their refs
  std::deque<std::shared_ptr<Solve>> ended_;            // for a client whose question for the log comes late
  std::size_t connections_ = 0;
  async::Event changed_;  // a solve has begun
  async::TaskGroup tasks_;
};

}  // namespace stack::buildkit
