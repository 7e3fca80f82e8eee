#include "engine/buildkit/solve.h"

#include "engine/buildkit/build_failure.h"
#include "engine/buildkit/cache_entries.h"
#include "engine/buildkit/frontend_build.h"

namespace stack::buildkit {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kDockerfileFrontend = "dockerfile.v0", kGatewayFrontend = "gateway.v0";

std::map<std::string, std::string> values_of(const google::protobuf::Map<std::string, std::string>& values) {
  return {values.begin(), values.end()};
}

// `# syntax=` and BUILDKIT_SYNTAX name images of the Dockerfile frontend, which ours stands for.
bool is_dockerfile_image(const std::string& name) { return name.find("docker/dockerfile") != std::string::npos; }

[[noreturn]] void refuse_graph() {
  throw GrpcFailure({.code = GrpcCode::unimplemented,
                     .message = "this engine builds Dockerfiles only: it takes no graph of operations (LLB)",
                     .details = {}});
}

}  // namespace

Solve::Solve(const Tools& tools) : log(tools.loop, tools.time, tools.random), tools_(tools), changed_(tools.loop) {}

void Solve::begin(wire::SolveRequest request) {
  request_ = std::move(request);
  begun_ = true;
  check_request();
}

void Solve::check_request() const {
  if (!request_.frontend().empty() || request_.definition().operations_size() > 0) refuse_graph();
  static_cast<void>(cache_targets());
}

std::vector<model::CacheExport> Solve::cache_targets() const {
  std::vector<model::CacheExport> targets;
  for (const auto& entry : request_.cache().exports())
    targets.push_back(cache_target_of({entry.type(), values_of(entry.attributes())}));
  return targets;
}

void Solve::check_alive() const {
  if (abandoned_) throw Error(ErrorKind::unavailable, "the build was cancelled");
}

void Solve::abandon() {
  abandoned_ = true;
  log.close();
  changed_.notify_all();
}

asio::awaitable<wire::GatewaySolveResponse> Solve::frontend(wire::GatewaySolveRequest request) {
  if (request.definition().operations_size() > 0) refuse_graph();
  if (request.frontend().empty()) {
    // An empty result, from nothing.
    wire::GatewaySolveResponse empty;
    empty.mutable_result()->mutable_ref();
    co_return empty;
  }
  Options options = values_of(request.frontend_options());
  const bool ours = request.frontend() == kDockerfileFrontend ||
                    (request.frontend() == kGatewayFrontend && is_dockerfile_image(options["source"]));
  if (!ours) {
    throw GrpcFailure({.code = GrpcCode::unimplemented,
                       .message = "the frontend " + request.frontend() + " " + options["source"] + " is not supported",
                       .details = {}});
  }
  FrontendBuild build{*this, std::move(request)};
  co_return co_await build.run();
}

void Solve::returned(const wire::ReturnRequest& result) {
  if (status_) return;
  GrpcStatus status;
  if (result.has_error()) {
    status = {.code = static_cast<GrpcCode>(result.error().code()),
              .message = result.error().message(),
              .details = result.error().SerializeAsString()};
  }
  status_ = status;
  log.close();
  if (on_over_) on_over_();
}

}  // namespace stack::buildkit
