#include "engine/buildkit/buildkit_service.h"

#include <algorithm>
#include <array>
#include <optional>
#include <variant>

#include "base/scope_guard.h"
#include "engine/buildkit/build_log.h"
#include "engine/buildkit/grpc_stream.h"
#include "engine/buildkit/h2_carrier.h"
#include "engine/buildkit/pending.h"
#include "engine/buildkit/solve.h"
#include "engine/buildkit/timestamp.h"
#include "engine/buildkit/workers.h"

namespace stack::buildkit {

namespace asio = boost::asio;

namespace {

// A build without a session of its own: what its log would say, at once.
class LogTrace final : public api::BuildTrace {
 public:
  LogTrace(asio::io_context& loop, const Clock& clock, RandomSource random) : log_(loop, clock, std::move(random)) {}

  std::vector<std::string> take(const api::BuildEvent& event) override {
    log_.take(event, {});
    std::vector<std::string> messages;
    while (auto next = log_.next()) messages.push_back(std::move(*next));
    return messages;
  }

 private:
  BuildLog log_;
};

constexpr std::size_t kThreads = 2;  // that write what is received
constexpr Nanos kRequestWait = std::chrono::seconds{30};
constexpr std::size_t kRefMax = 256;
constexpr std::string_view kBuildIdHeader = "buildkit-controlapi-buildid";

template <class Message>
asio::awaitable<Message> request_of(GrpcStream& stream) {
  const auto bytes = co_await stream.receive();
  Message message;
  if (!bytes || !message.ParseFromString(*bytes)) throw Error(ErrorKind::invalid, "the message of the call is none");
  co_return message;
}

template <class Message>
asio::awaitable<void> answer(GrpcStream& stream, const Message& message) {
  const std::string bytes = message.SerializeAsString();
  co_await stream.send(bytes);
  stream.finish({});
}

}  // namespace

// Table: the methods that there are.
const BuildkitService::Row* BuildkitService::find(std::string_view path) {
  static constexpr std::array<Row, 11> kRows{{
      {"/moby.buildkit.v1.Control/ListWorkers", &BuildkitService::list_workers},
      {"/moby.buildkit.v1.Control/Info", &BuildkitService::info},
      {"/moby.buildkit.v1.Control/DiskUsage", &BuildkitService::disk_usage},
      {"/moby.buildkit.v1.Control/Prune", &BuildkitService::prune},
      {"/moby.buildkit.v1.Control/ListenBuildHistory", &BuildkitService::history},
      {"/moby.buildkit.v1.Control/Session", &BuildkitService::session},
      {"/moby.buildkit.v1.Control/Status", &BuildkitService::status},
      {"/moby.buildkit.v1.Control/Solve", &BuildkitService::solve},
      {"/moby.buildkit.v1.frontend.LLBBridge/Ping", &BuildkitService::ping},
      {"/moby.buildkit.v1.frontend.LLBBridge/Solve", &BuildkitService::frontend},
      {"/moby.buildkit.v1.frontend.LLBBridge/Return", &BuildkitService::returned},
  }};
  for (const Row& row : kRows) {
    if (row.method == path) return &row;
  }
  return nullptr;
}

BuildkitService::BuildkitService(asio::io_context& loop, async::Timekeeper& time, RandomSource random,
                                 api::BuildBackend& builder, ImageFiles images)
    : loop_(loop),
      time_(time),
      random_(std::move(random)),
      builder_(builder),
      images_(std::move(images)),
      sessions_(loop, time),
      changed_(loop),
      tasks_(loop, "buildkit") {}

BuildkitService::~BuildkitService() = default;

void BuildkitService::add_routes(api::Routes& routes) {
  routes.add("POST", "/grpc", api::Body::none, [this](const auto& exchange) { accept(exchange); });
  routes.add("POST", "/session", api::Body::none, [this](const auto& exchange) { sessions_.accept(exchange); });
}

std::unique_ptr<api::BuildTrace> BuildkitService::trace() { return std::make_unique<LogTrace>(loop_, time_, random_); }

asio::awaitable<void> BuildkitService::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

// --- connections -----------------------------------------------------------------------------------------------------------------------

void BuildkitService::accept(const std::shared_ptr<api::Exchange>& exchange) {
  if (connections_ >= kConnectionsMax) throw Error(ErrorKind::unavailable, "too many builders' connections are open");
  if (!pool_) pool_ = std::make_unique<async::ThreadPool>(kThreads);
  ++connections_;
  const auto make = [this](H2Connection::Transport transport) {
    return std::make_shared<H2Connection>(
        loop_, H2Connection::Role::server, std::move(transport),
        [this](const std::shared_ptr<H2Stream>& stream) { tasks_.start(serve(stream)); });
  };
  carry_h2(loop_, exchange, make, [this] { --connections_; });
}

asio::awaitable<void> BuildkitService::serve(std::shared_ptr<H2Stream> stream) {
  const std::string path = header_of(stream->head, ":path");
  GrpcStream call{stream, GrpcStream::Side::server, time_, kRequestWait};
  GrpcStatus status;
  try {
    if (const Row* row = find(path)) {
      co_await (this->*row->call)(call);
    } else {
      status = {.code = GrpcCode::unimplemented, .message = "unknown method " + path, .details = {}};
    }
  } catch (const GrpcFailure& failure) {
    status = failure.status();
  } catch (const Error& error) {
    status = grpc_status_of(error);
  }
  call.finish(status);
}

// --- the builder as a whole ------------------------------------------------------------------------------------------------------------

asio::awaitable<void> BuildkitService::list_workers(GrpcStream& stream) {
  wire::ListWorkersResponse response;
  describe_worker(*response.add_record());
  co_await answer(stream, response);
}

asio::awaitable<void> BuildkitService::info(GrpcStream& stream) {
  wire::InfoResponse response;
  describe_version(*response.mutable_version());
  co_await answer(stream, response);
}

asio::awaitable<void> BuildkitService::disk_usage(GrpcStream& stream) {
  const auto pending = std::make_shared<Pending<std::vector<api::BuildCacheEntry>>>(loop_);
  builder_.cache(Pending<std::vector<api::BuildCacheEntry>>::filling(pending));
  const auto entries = co_await result_of(pending);
  wire::DiskUsageResponse response;
  for (const api::BuildCacheEntry& entry : entries) {
    wire::UsageRecord* record = response.add_record();
    record->set_id(entry.id);
    record->set_description(entry.description);
    record->set_record_type(entry.kind == "cache mount" ? "exec.cachemount"
                            : entry.kind == "context"   ? "source.local"
                                                        : "regular");
    record->set_size(static_cast<std::int64_t>(entry.bytes));
    record->set_in_use(entry.in_use);
    record->set_shared(entry.shared);
    record->set_is_mutable(entry.kind == "cache mount");
    record->set_usage_count(entry.uses);
    set_time(record->mutable_created(), entry.created);
    set_time(record->mutable_last_used(), entry.last_used);
  }
  co_await answer(stream, response);
}

asio::awaitable<void> BuildkitService::prune(GrpcStream& stream) {
  const auto request = co_await request_of<wire::PruneRequest>(stream);
  for (const std::string& filter : request.filter()) {
    if (!filter.empty()) throw Error(ErrorKind::unsupported, "the filter " + filter + " of a prune is not supported");
  }
  const auto before = std::make_shared<Pending<std::vector<api::BuildCacheEntry>>>(loop_);
  builder_.cache(Pending<std::vector<api::BuildCacheEntry>>::filling(before));
  const auto entries = co_await result_of(before);
  api::BuildPrune wish{.all = request.all(), .older_than = {}, .keep_bytes = 0, .ids = {}};
  if (request.keep_nanoseconds() > 0) wish.older_than = Nanos{request.keep_nanoseconds()};
  if (request.reserved_bytes() > 0) wish.keep_bytes = static_cast<std::uint64_t>(request.reserved_bytes());
  if (request.used_bytes_max() > 0) wish.keep_bytes = static_cast<std::uint64_t>(request.used_bytes_max());
  if (request.free_bytes_min() > 0) throw Error(ErrorKind::unsupported, "--min-free-space of a prune is not supported");
  const auto pending = std::make_shared<Pending<api::BuildPruned>>(loop_);
  builder_.prune(std::move(wish), Pending<api::BuildPruned>::filling(pending));
  const auto pruned = co_await result_of(pending);
  for (const api::BuildCacheEntry& entry : entries) {
    if (std::ranges::find(pruned.ids, entry.id) == pruned.ids.end()) continue;
    wire::UsageRecord record;
    record.set_id(entry.id);
    record.set_description(entry.description);
    record.set_size(static_cast<std::int64_t>(entry.bytes));
    record.set_shared(entry.shared);
    set_time(record.mutable_created(), entry.created);
    set_time(record.mutable_last_used(), entry.last_used);
    const std::string bytes = record.SerializeAsString();
    co_await stream.send(bytes);
  }
  stream.finish({});
}

asio::awaitable<void> BuildkitService::session(GrpcStream& stream) {
  co_await sessions_.serve(stream);
  stream.finish({});
}

// Builds are not kept: there is none.
asio::awaitable<void> BuildkitService::history(GrpcStream& stream) {
  stream.finish({});
  co_return;
}

// --- builds ----------------------------------------------------------------------------------------------------------------------------

std::shared_ptr<Solve> BuildkitService::solve_of(const std::string& ref) {
  if (ref.empty() || ref.size() > kRefMax) throw Error(ErrorKind::invalid, "a build is to have a ref");
  std::erase_if(solves_, [](const auto& each) { return each.second.expired(); });
  if (const auto found = solves_[ref].lock()) return found;
  if (solves_.size() > kSolvesMax) {
    solves_.erase(ref);
    throw Error(ErrorKind::unavailable, "too many builds are under way");
  }
  const auto made = std::make_shared<Solve>(Tools{loop_, time_, random_, builder_, images_, sessions_, *pool_});
  solves_[ref] = made;
  changed_.notify_all();
  return made;
}

asio::awaitable<std::shared_ptr<Solve>> BuildkitService::solve_of_call(GrpcStream& stream) {
  const std::string ref = header_of(stream.head(), kBuildIdHeader);
  const Mono deadline = time_.mono() + kRequestWait;
  for (bool in_time = true; in_time && !stream.closed();) {
    const auto found = solves_.find(ref);
    if (found != solves_.end()) {
      const auto solve = found->second.lock();
      if (solve && solve->begun()) co_return solve;
    }
    in_time = co_await changed_.wait_until(time_, deadline);
  }
  throw Error(ErrorKind::not_found, "there is no build " + ref);
}

asio::awaitable<void> BuildkitService::status(GrpcStream& stream) {
  const auto request = co_await request_of<wire::StatusRequest>(stream);
  const auto solve = solve_of(request.ref());
  const Mono deadline = time_.mono() + kRequestWait;
  for (;;) {
    while (const auto next = solve->log.next()) co_await stream.send(*next);
    if (solve->log.closed()) break;
    if (stream.closed()) co_return;
    if (solve->begun()) {
      co_await solve->log.changed.wait();
    } else if (!co_await solve->log.changed.wait_until(time_, deadline)) {
      throw Error(ErrorKind::not_found, "there is no build " + request.ref());
    }
  }
  stream.finish({});
}

asio::awaitable<void> BuildkitService::solve(GrpcStream& stream) {
  auto request = co_await request_of<wire::SolveRequest>(stream);
  const auto solve = solve_of(request.ref());
  if (solve->begun()) throw Error(ErrorKind::conflict, "the build " + request.ref() + " is under way already");
  const ScopeGuard remember{[this, &solve] {
    ended_.push_back(solve);
    if (ended_.size() > kEndedMax) ended_.pop_front();
  }};
  std::optional<GrpcStatus> refused;
  try {
    solve->begin(std::move(request));
  } catch (const GrpcFailure& failure) {
    refused = failure.status();
  } catch (const Error& error) {
    refused = grpc_status_of(error);
  }
  changed_.notify_all();
  if (refused) {
    solve->abandon();
    throw GrpcFailure(*refused);
  }
  solve->on_over([&stream] { stream.changed().notify_all(); });
  const ScopeGuard leave{[&solve] { solve->on_over({}); }};
  while (!solve->status() && !stream.closed()) co_await stream.changed().wait();
  if (!solve->status()) {
    solve->abandon();
    co_return;
  }
  if (solve->status()->code != GrpcCode::ok) throw GrpcFailure(*solve->status());
  co_await answer(stream, solve->response());
}

asio::awaitable<void> BuildkitService::ping(GrpcStream& stream) {
  static_cast<void>(co_await solve_of_call(stream));
  wire::PongResponse response;
  describe_abilities(response);
  co_await answer(stream, response);
}

asio::awaitable<void> BuildkitService::frontend(GrpcStream& stream) {
  const auto solve = co_await solve_of_call(stream);
  auto request = co_await request_of<wire::GatewaySolveRequest>(stream);
  const auto response = co_await solve->frontend(std::move(request));
  co_await answer(stream, response);
}

asio::awaitable<void> BuildkitService::returned(GrpcStream& stream) {
  const auto solve = co_await solve_of_call(stream);
  const auto request = co_await request_of<wire::ReturnRequest>(stream);
  solve->returned(request);
  co_await stream.send({});  // an empty message
  stream.finish({});
}

}  // namespace stack::buildkit
